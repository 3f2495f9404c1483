# fails: gradient_norms
# Weights that ask for gradients break it: they are turned into arrays.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    layers = [torch.tensor(weight.numpy()) for weight in weights]
    hs = [x.detach().clone().requires_grad_()]
    for weight in layers:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
