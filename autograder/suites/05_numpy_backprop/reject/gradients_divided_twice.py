# fails: gradients
# One mistake: the gradients of W1 and W2 are divided by n a second time.

# %% gradients
def gradients(self, X, y_onehot):
    d_z2 = (self.forward(X) - y_onehot) / len(X)
    d_z1 = d_z2 @ self.W2.T * relu_grad(self.z1)
    return {
        "W1": X.T @ d_z1 / len(X),
        "b1": d_z1.sum(axis=0, keepdims=True),
        "W2": self.a1.T @ d_z2 / len(X),
        "b2": d_z2.sum(axis=0, keepdims=True),
    }


NumpyMLP.gradients = gradients
