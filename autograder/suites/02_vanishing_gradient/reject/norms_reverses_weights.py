# fails: gradient_norms
# The list of weights is reversed in place.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    layers = [x]
    for weight in weights:
        layers.append(activation(layers[-1] @ weight.T))
    gradient, norms = torch.ones_like(layers[-1]), []
    weights.reverse()
    for level, weight in enumerate(weights, 2):
        z = (layers[-level] @ weight.T).detach().requires_grad_()
        (slope,) = torch.autograd.grad(activation(z).sum(), z)
        gradient = (gradient * slope) @ weight
        norms.append(gradient.norm().item())
    return norms[::-1]
