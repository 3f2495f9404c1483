# rest: solution
# Every formula calls the functions of the tasks above it, and forward keeps nothing for the way
# back. At a score of exactly 0 the two functions of the perceptron differ.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = mistakes
        for row, label in zip(X, y, strict=True):
            error = int(label) - int(row @ w + b >= 0)
            if error:
                w, b, mistakes = w + error * row, b + error, mistakes + 1
        if mistakes == before:
            break
    return w, b, mistakes


def perceptron_predict(X, w, b):
    return np.where(X @ w + b > 0, 1, 0)

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W1 = rng.normal(0, 0.3, (input_size, hidden_size))
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = rng.normal(0, 0.3, (hidden_size, output_size))
        self.b2 = np.zeros((1, output_size))

    def forward(self, X):
        hidden = relu(X @ self.W1 + self.b1)
        return softmax(hidden @ self.W2 + self.b2)

# %% gradients
def gradients(self, X, y_onehot):
    z1 = X @ self.W1 + self.b1
    a1 = relu(z1)
    error = (softmax(a1 @ self.W2 + self.b2) - y_onehot) / len(X)
    inner = error @ self.W2.T * relu_grad(z1)
    return {
        "W1": X.T @ inner,
        "b1": inner.sum(axis=0, keepdims=True),
        "W2": a1.T @ error,
        "b2": error.sum(axis=0, keepdims=True),
    }


NumpyMLP.gradients = gradients

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    n = len(X)
    rows = np.c_[np.ones(n), X]
    z = rows @ W1
    units = np.c_[np.ones(n), relu(z)]
    error = 2 / n * (units @ W2 - y)
    inner = (error @ W2.T)[:, 1:] * relu_grad(z)
    return rows.T @ inner + reg * W1, units.T @ error + reg * W2
