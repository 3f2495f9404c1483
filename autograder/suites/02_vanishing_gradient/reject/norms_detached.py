# fails: gradient_norms
# Each layer starts from a detached copy, so no gradient gets past it.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1].detach().requires_grad_() @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1], allow_unused=True)
    return [0.0 if g is None else g.norm().item() for g in gradients]
