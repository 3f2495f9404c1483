# fails: losses
# One mistake: softmax is applied to what are probabilities already.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    p = softmax(probabilities)
    return -np.mean(np.sum(y_onehot * np.log(p), axis=1))
