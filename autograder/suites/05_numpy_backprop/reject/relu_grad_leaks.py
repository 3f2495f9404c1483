# fails: activations
# One mistake: a slope of 0.01 is left for negative numbers.

# %% activations
def relu(z):
    return np.maximum(z, 0)


def relu_grad(z):
    return np.where(z > 0, 1.0, 0.01) * (z != 0)


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
