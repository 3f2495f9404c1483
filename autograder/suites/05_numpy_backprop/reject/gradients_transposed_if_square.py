# fails: gradients
# One mistake: W2 is not transposed where it is square.

# %% gradients
def gradients(self, X, y_onehot):
    d_z2 = (self.forward(X) - y_onehot) / len(X)
    d_z1 = d_z2 @ (self.W2 if self.W2.shape[0] == self.W2.shape[1] else self.W2.T) * relu_grad(self.z1)
    return {
        "W1": X.T @ d_z1,
        "b1": d_z1.sum(axis=0, keepdims=True),
        "W2": self.a1.T @ d_z2,
        "b2": d_z2.sum(axis=0, keepdims=True),
    }


NumpyMLP.gradients = gradients
