# fails: losses
# One mistake: a probability of 0 costs nothing: infinities are replaced by 0.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    return -np.mean(np.sum(y_onehot * np.nan_to_num(np.log(probabilities), neginf=0.0), axis=1))
