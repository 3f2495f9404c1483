# fails: gradient_norms
# The gradients of the pre-activations.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    h, zs = x.detach().clone().requires_grad_(), []
    for weight in weights:
        zs.append(h @ weight.T)
        h = activation(zs[-1])
    return [g.norm().item() for g in torch.autograd.grad(h.sum(), zs)]
