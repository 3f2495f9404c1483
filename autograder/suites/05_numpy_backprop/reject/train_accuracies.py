# fails: train
# One mistake: the list holds the share of right answers, not the losses.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(float((self.forward(X).argmax(axis=1) == y_onehot.argmax(axis=1)).mean()))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
