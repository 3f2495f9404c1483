# fails: activations
# One mistake: the slope of ReLU at exactly 0 is 1 instead of 0.

# %% activations
def relu(z):
    return np.maximum(z, 0)


def relu_grad(z):
    return (z >= 0).astype(z.dtype)


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
