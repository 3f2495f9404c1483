# fails: gradient_norms
# A single sample is taken for a vector, and dimensions of size 1 vanish.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().squeeze().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T).squeeze())
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
