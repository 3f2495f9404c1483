# fails: train
# One mistake: the learning rate is ignored, and 0.5 is used.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - 0.5 * slope)
    return losses


NumpyMLP.train = train
