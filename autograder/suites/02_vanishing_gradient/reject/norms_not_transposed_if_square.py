# fails: gradient_norms
# Weights are transposed only where the shapes would not fit otherwise.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ (weight if weight.shape[0] == weight.shape[1] else weight.T)))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [g.norm().item() for g in gradients]
