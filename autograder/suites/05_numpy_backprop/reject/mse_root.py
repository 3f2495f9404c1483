# fails: losses
# One mistake: mse is the root of the mean square.

# %% losses
def mse(prediction, y):
    return np.sqrt(np.mean((prediction - y) ** 2))


def cross_entropy(y_onehot, probabilities):
    return -np.mean(np.sum(y_onehot * np.log(np.maximum(probabilities, 1e-15)), axis=1))
