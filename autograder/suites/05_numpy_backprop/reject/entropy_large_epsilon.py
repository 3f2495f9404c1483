# fails: losses
# One mistake: 0.01 is added to every probability.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    return -np.mean(np.sum(y_onehot * np.log(probabilities + 0.01), axis=1))
