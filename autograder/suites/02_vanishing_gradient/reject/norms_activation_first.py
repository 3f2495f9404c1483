# fails: gradient_norms
# The activation is applied before the weights.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1]) @ weight.T)
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
