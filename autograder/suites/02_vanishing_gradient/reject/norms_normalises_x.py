# fails: gradient_norms
# x is centred in place.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    x -= (x.mean() + 10) * 1e-3
    hs = [(x + 0.0).requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
