# fails: train
# One mistake: the training ends once the loss rises.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        if len(losses) > 1 and losses[-1] > losses[-2]:
            break
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
