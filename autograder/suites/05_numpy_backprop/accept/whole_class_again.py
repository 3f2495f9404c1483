# The class is written out anew in every cell that extends it; float32 weights; labels -1 and 1 inside.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    signs = np.where(y == 1, 1.0, -1.0)
    rows = np.column_stack([X, np.ones(len(X))])
    v = np.zeros(rows.shape[1])
    mistakes = 0
    for _ in range(max_epochs):
        clean = True
        for s, row in zip(signs, rows):
            if s * v.dot(row) <= 0:
                v = v + s * row
                mistakes += 1
                clean = False
        if clean:
            break
    return v[:-1], v[-1], mistakes


def perceptron_predict(X, w, b):
    return ((np.sign(X @ w + b) + 1) / 2).round().astype(np.int64)

# %% activations
def relu(z):
    return z * (z > 0)


def relu_grad(z):
    return np.where(z > 0, 1, 0)


def softmax(z):
    shifted = z - z.max(axis=-1)[:, None]
    return np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1))[:, None])

# %% losses
def mse(prediction, y):
    return np.square(np.subtract(prediction, y)).mean().item()


def cross_entropy(y_onehot, probabilities):
    p = np.clip(probabilities, 1e-12, 1 - 1e-12)
    true = p[np.arange(len(p)), y_onehot.argmax(axis=1)]
    return float(-np.log(true).mean())

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    n = len(X)
    b1, V1 = W1[0], W1[1:]
    b2, V2 = W2[0], W2[1:]
    z = X @ V1 + b1
    a = np.where(z > 0, z, 0)
    error = a @ V2 + b2 - y
    dV2 = 2 / n * a.T @ error
    db2 = 2 / n * error.sum(axis=0)
    dz = 2 / n * np.outer(error, V2) * (z > 0)
    dV1 = X.T @ dz
    db1 = dz.sum(axis=0)
    return np.vstack([db1, dV1]) + reg * W1, np.vstack([db2, dV2]) + reg * W2

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        draw = lambda *shape: (rng.uniform(-1, 1, shape) / shape[0] ** 0.5).astype(np.float32)
        self.W1, self.b1 = draw(input_size, hidden_size), draw(1, hidden_size)
        self.W2, self.b2 = draw(hidden_size, output_size), draw(1, output_size)

    def forward(self, X):
        return softmax(relu(X @ self.W1 + self.b1) @ self.W2 + self.b2)

# %% gradients
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        draw = lambda *shape: (rng.uniform(-1, 1, shape) / shape[0] ** 0.5).astype(np.float32)
        self.W1, self.b1 = draw(input_size, hidden_size), draw(1, hidden_size)
        self.W2, self.b2 = draw(hidden_size, output_size), draw(1, output_size)

    def forward(self, X):
        return softmax(relu(X @ self.W1 + self.b1) @ self.W2 + self.b2)

    def gradients(self, X, y_onehot):
        z = X @ self.W1 + self.b1
        a = relu(z)
        e = (softmax(a @ self.W2 + self.b2) - y_onehot) / X.shape[0]
        d = (e @ self.W2.T) * relu_grad(z)
        return dict(W1=X.T @ d, b1=d.sum(0, keepdims=True), W2=a.T @ e, b2=e.sum(0, keepdims=True))

# %% train
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        draw = lambda *shape: (rng.uniform(-1, 1, shape) / shape[0] ** 0.5).astype(np.float32)
        self.W1, self.b1 = draw(input_size, hidden_size), draw(1, hidden_size)
        self.W2, self.b2 = draw(hidden_size, output_size), draw(1, output_size)

    def forward(self, X):
        return softmax(relu(X @ self.W1 + self.b1) @ self.W2 + self.b2)

    def gradients(self, X, y_onehot):
        z = X @ self.W1 + self.b1
        a = relu(z)
        e = (softmax(a @ self.W2 + self.b2) - y_onehot) / X.shape[0]
        d = (e @ self.W2.T) * relu_grad(z)
        return dict(W1=X.T @ d, b1=d.sum(0, keepdims=True), W2=a.T @ e, b2=e.sum(0, keepdims=True))

    def train(self, X, y_onehot, epochs, learning_rate):
        losses = np.empty(epochs)
        for epoch in range(epochs):
            losses[epoch] = cross_entropy(y_onehot, self.forward(X))
            slopes = self.gradients(X, y_onehot)
            for name in slopes:
                new = getattr(self, name) - learning_rate * slopes[name]
                setattr(self, name, new.astype(np.float32))
        return losses.tolist()

# %% to_torch
def to_torch(model):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name in ("W1", "b1", "W2", "b2"):
                self.register_parameter(name, torch.nn.Parameter(torch.tensor(getattr(model, name))))

        def forward(self, x):
            return ((x @ self.W1 + self.b1).clamp(min=0) @ self.W2 + self.b2).softmax(-1)

    return Net()
