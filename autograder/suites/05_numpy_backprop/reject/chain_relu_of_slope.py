# fails: activations
# One mistake: the slope of ReLU at exactly 0 and on its left is 0.1, and the gradients use it.

# %% activations
def relu(z):
    return np.maximum(z, 0)


def relu_grad(z):
    return np.where(z > 0, 1.0, 0.1)


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
