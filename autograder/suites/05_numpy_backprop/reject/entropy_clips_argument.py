# fails: losses
# One mistake: the argument probabilities itself is changed.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    np.maximum(probabilities, 1e-15, out=probabilities)
    return -np.mean(np.sum(y_onehot * np.log(probabilities), axis=1))
