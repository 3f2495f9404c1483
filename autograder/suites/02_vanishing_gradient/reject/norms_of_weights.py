# fails: gradient_norms
# The gradients of the weights.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    weights = [weight.detach().clone().requires_grad_() for weight in weights]
    h = x.detach()
    for weight in weights:
        h = activation(h @ weight.T)
    return [g.norm().item() for g in torch.autograd.grad(h.sum(), weights)]
