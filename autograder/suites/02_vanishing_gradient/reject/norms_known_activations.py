# fails: gradient_norms
# Slopes by name, for three activations only.

# %% gradient_norms
def gradient_norms(weights, x, activation):
    slopes = {
        "sigmoid": lambda h: h * (1 - h),
        "tanh": lambda h: 1 - h**2,
        "relu": lambda h: (h > 0).to(h.dtype),
    }
    slope = slopes[activation.__name__]
    hs = [x]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradient, norms = torch.ones_like(hs[-1]), []
    for weight, h in zip(weights[::-1], hs[:0:-1]):
        gradient = (gradient * slope(h)) @ weight
        norms.append(gradient.norm().item())
    return norms[::-1]
