# fails: train
# One mistake: only the first 100 samples are used.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    X, y_onehot = X[:100], y_onehot[:100]
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
