# fails: losses
# One mistake: labels and probabilities are exchanged inside the logarithm.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    return -np.mean(np.sum(probabilities * np.log(np.maximum(y_onehot, 1e-15)), axis=1))
