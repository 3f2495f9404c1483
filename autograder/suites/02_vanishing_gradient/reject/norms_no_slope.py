# fails: gradient_norms
# The backward pass forgets the activation's slope.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    gradient, norms = torch.ones(len(x), len(weights[-1])).to(x), []
    for weight in weights[::-1]:
        gradient = gradient @ weight
        norms.append(gradient.norm().item())
    return norms[::-1]
