# fails: gradient_norms
# ord=2 of a matrix is its largest singular value.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [torch.linalg.norm(g, 2).item() for g in gradients]
