# fails: gradient_norms
# Computed in float32.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().float().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.float().T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
