# fails: train
# One mistake: X and y_onehot themselves are shuffled.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    order = np.random.permutation(len(X))
    X[:], y_onehot[:] = X[order], y_onehot[order]
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
