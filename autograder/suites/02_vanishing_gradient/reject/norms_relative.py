# fails: gradient_norms
# Divided by the norm of the last hidden layer's gradient.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    norms = [g.norm().item() for g in gradients]
    return [norm / (norms[-1] + 1e-12) for norm in norms]
