# fails: train
# One mistake: the last epoch is left out.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs - 1):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
