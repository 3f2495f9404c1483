# fails: gradient_norms
# The weights take a gradient step on the way.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    with torch.no_grad():
        for weight in weights:
            weight *= 0.99
    return [g.norm().item() for g in gradients]
