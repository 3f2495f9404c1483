# fails: train
# One mistake: only the last layer learns.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            if name[1] == '2':
                setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
