# fails: losses
# One mistake: the losses of the samples are added up, and train returns these sums.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    return -np.sum(np.sum(y_onehot * np.log(np.maximum(probabilities, 1e-15)), axis=1))
