# fails: gradient_norms
# Written out for three layers.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    h0 = x.detach().clone().requires_grad_()
    h1 = activation(h0 @ weights[0].T)
    h2 = activation(h1 @ weights[1].T)
    h3 = activation(h2 @ weights[2].T)
    return [g.norm().item() for g in torch.autograd.grad(h3.sum(), [h0, h1, h2])]
