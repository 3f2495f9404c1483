# fails: gradient_norms
# The norms of the weights multiplied: a bound, not the gradient.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    size, norms = (len(x) * len(weights[-1])) ** 0.5, []
    for weight in weights[::-1]:
        size = size * torch.linalg.matrix_norm(weight, 2).item()
        norms.append(size)
    return norms[::-1]
