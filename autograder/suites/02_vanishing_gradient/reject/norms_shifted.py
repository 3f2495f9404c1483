# fails: gradient_norms
# From h_1 to h_L in place of h_0 to h_(L−1).

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[1:])
    return [g.norm().item() for g in gradients]
