# fails: activations
# One mistake: softmax adds up over the samples, and the network uses it.

# %% activations
def relu(z):
    return np.maximum(z, 0)


def relu_grad(z):
    return (z > 0).astype(z.dtype)


def softmax(z):
    powers = np.exp(z - z.max(axis=0, keepdims=True))
    return powers / powers.sum(axis=0, keepdims=True)
