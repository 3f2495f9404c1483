# fails: gradient_norms
# The norms of h, not of its gradient.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    return [h.norm().item() for h in hs[:-1]]
