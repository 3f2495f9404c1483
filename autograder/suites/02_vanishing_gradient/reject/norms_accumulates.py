# fails: gradient_norms
# backward() adds to x.grad of the caller, so a second call gives twice as much.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.requires_grad_()]
    for weight in weights:
        h = activation(hs[-1] @ weight.T)
        h.retain_grad()
        hs.append(h)
    hs[-1].sum().backward()
    return [h.grad.norm().item() for h in hs[:-1]]
