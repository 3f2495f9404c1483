# fails: gradient_norms
# The list of weights is emptied.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    while weights:
        hs.append(activation(hs[-1] @ weights.pop(0).T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
