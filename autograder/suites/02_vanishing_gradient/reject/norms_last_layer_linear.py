# fails: gradient_norms
# The last layer has no activation.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights[:-1]:
        hs.append(activation(hs[-1] @ weight.T))
    total = (hs[-1] @ weights[-1].T).sum()
    return [g.norm().item() for g in torch.autograd.grad(total, hs)]
