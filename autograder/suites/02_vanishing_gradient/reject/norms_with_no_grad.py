# fails: gradient_norms
# Computed without a graph.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    with torch.no_grad():
        hs = [x.clone().requires_grad_()]
        for weight in weights:
            hs.append(activation(hs[-1] @ weight.T))
    return [g.norm().item() for g in torch.autograd.grad(hs[-1].sum(), hs[:-1])]
