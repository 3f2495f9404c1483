# fails: activations
# One mistake: small positive numbers count as 0.

# %% activations
def relu(z):
    return np.maximum(z, 0)


def relu_grad(z):
    return (z > 1e-6).astype(z.dtype)


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
