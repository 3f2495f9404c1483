# fails: train
# One mistake: after 250 epochs the training ends, whatever epochs is.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(min(epochs, 250)):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
