# fails: gradients
# One mistake: the units' outputs are those of the last call of forward, whatever its rows were.

# %% gradients
def gradients(self, X, y_onehot):
    if not hasattr(self, 'seen') or len(self.seen) != len(X):
        self.seen = X @ self.W1 + self.b1
    z1 = self.seen
    d_z2 = (self.forward(X) - y_onehot) / len(X)
    d_z1 = d_z2 @ self.W2.T * relu_grad(z1)
    return {
        "W1": X.T @ d_z1,
        "b1": d_z1.sum(axis=0, keepdims=True),
        "W2": relu(z1).T @ d_z2,
        "b2": d_z2.sum(axis=0, keepdims=True),
    }


NumpyMLP.gradients = gradients
