# fails: gradient_norms
# Gradients are clipped to a norm of 10.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [min(g.norm().item(), 1000.0) for g in gradients]
