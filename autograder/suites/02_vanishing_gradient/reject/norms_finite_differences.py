# fails: gradient_norms
# Difference quotients with a coarse step.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    def total(h, rest):
        for weight in rest:
            h = activation(h @ weight.T)
        return h.sum().item()

    norms, h = [], x
    for level in range(len(weights)):
        squares = 0.0
        for place in range(h.numel()):
            step = torch.zeros_like(h).flatten()
            step[place] = 1e-4
            step = step.reshape(h.shape)
            squares += ((total(h + step, weights[level:]) - total(h, weights[level:])) / 1e-4) ** 2
        norms.append(squares**0.5)
        h = activation(h @ weights[level].T)
    return norms
