# fails: gradient_norms
# The gradients in place of their norms.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    return list(torch.autograd.grad(hs[-1].sum(), hs[:-1]))
