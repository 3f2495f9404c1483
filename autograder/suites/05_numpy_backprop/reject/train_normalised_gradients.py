# fails: train
# One mistake: every step has the same length: the gradient is divided by its norm.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope / np.linalg.norm(slope))
    return losses


NumpyMLP.train = train
