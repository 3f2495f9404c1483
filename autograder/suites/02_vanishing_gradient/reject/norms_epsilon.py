# fails: gradient_norms
# A small number is added for stability.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [(g.square().sum() + 1e-12).sqrt().item() for g in gradients]
