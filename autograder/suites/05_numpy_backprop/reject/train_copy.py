# fails: train
# One mistake: a copy of the network is trained, and the network itself stays as it was.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    import copy

    self = copy.deepcopy(self)
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
