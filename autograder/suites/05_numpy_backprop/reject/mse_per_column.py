# fails: losses
# One mistake: mse returns a mean for each column instead of one number.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2, axis=0)


def cross_entropy(y_onehot, probabilities):
    return -np.mean(np.sum(y_onehot * np.log(np.maximum(probabilities, 1e-15)), axis=1))
