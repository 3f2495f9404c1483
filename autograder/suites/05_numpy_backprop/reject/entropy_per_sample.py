# fails: losses
# One mistake: a loss for each sample is returned instead of their mean.

# %% losses
def mse(prediction, y):
    return np.mean((prediction - y) ** 2)


def cross_entropy(y_onehot, probabilities):
    return -np.sum(y_onehot * np.log(np.maximum(probabilities, 1e-15)), axis=1)

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(-np.log((self.forward(X) * y_onehot).sum(axis=1)).mean())
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
