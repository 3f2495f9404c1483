# fails: gradient_norms
# Each layer's own gradient, as if it were the last one.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    norms, h = [], x.detach()
    for weight in weights:
        h = h.clone().requires_grad_()
        following = activation(h @ weight.T)
        norms.append(torch.autograd.grad(following.sum(), h)[0].norm().item())
        h = following.detach()
    return norms
