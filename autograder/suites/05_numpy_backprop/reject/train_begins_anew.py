# fails: train
# One mistake: every call starts from new weights.

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    self.__init__(*self.W1.shape, self.W2.shape[1])
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses


NumpyMLP.train = train
