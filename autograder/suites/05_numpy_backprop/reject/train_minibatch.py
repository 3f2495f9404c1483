# fails: train
# One mistake: each epoch takes several steps, on parts of the data.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for i in range(0, len(X), 4):
            for name, slope in self.gradients(X[i : i + 4], y_onehot[i : i + 4]).items():
                setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
