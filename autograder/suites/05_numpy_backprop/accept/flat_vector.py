# All parameters lie in one vector, of which the arrays are views; frozen helpers, functions that make functions.

# %% perceptron
from itertools import chain, repeat


def perceptron_fit(X, y, max_epochs):
    v, mistakes, run = np.zeros(X.shape[1] + 1), 0, 0
    rows = np.hstack((X, np.ones((X.shape[0], 1))))
    for row, t in chain.from_iterable(repeat(list(zip(rows, 2 * y - 1)), max_epochs)):
        if np.dot(v, row) * t > 0:
            run += 1
        else:
            v, mistakes, run = v + t * row, mistakes + 1, 0
        if run == len(rows):
            break
    return v[:-1], v[-1], np.int64(mistakes)


def perceptron_predict(X, w, b):
    return np.asarray(X.dot(w) + b > 0).astype(np.uint8)

# %% activations
def relu(z):
    return np.fmax(z, 0.0)


def relu_grad(z):
    return np.greater(z, 0).astype(np.float64)


def softmax(z):
    # By differences of all pairs: 1 / Σ exp(z_j − z_i), where an overflow is the right 0.
    with np.errstate(over="ignore"):
        return 1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2) if z.shape[1] < 50 else np.exp(z - z.max(1)[:, None]) / np.exp(z - z.max(1)[:, None]).sum(1)[:, None]

# %% losses
def mse(prediction, y):
    return np.average((y - prediction) ** 2)


def cross_entropy(y_onehot, probabilities):
    mask = np.asarray(y_onehot, dtype=bool)
    return np.mean(-np.log(np.where(probabilities[mask] > 0, probabilities[mask], np.finfo(float).tiny)))

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    Z = W1[0] + X @ W1[1:]
    on = Z > 0
    residual = W2[0] + (Z * on) @ W2[1:] - y
    scale = 2.0 / len(residual)
    left = residual @ W2[1:].T * on
    dW1 = np.empty(W1.shape)
    dW1[0], dW1[1:] = left.sum(axis=0), X.T @ left
    dW2 = np.empty(W2.shape)
    dW2[0], dW2[1:] = residual.sum(axis=0), (Z * on).T @ residual
    return scale * dW1 + W1 * reg, scale * dW2 + W2 * reg

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        shapes = [(input_size, hidden_size), (1, hidden_size), (hidden_size, output_size), (1, output_size)]
        ends = np.cumsum([n * m for n, m in shapes])
        self.theta = np.random.default_rng(seed + 100).laplace(size=ends[-1]) / max(input_size, hidden_size) ** 0.5
        parts = np.split(self.theta, ends[:-1])
        self.W1, self.b1, self.W2, self.b2 = (part.reshape(shape) for part, shape in zip(parts, shapes))

    def hidden(self, X):
        return np.add(np.matmul(X, self.W1), self.b1)

    def forward(self, X):
        return softmax(relu(self.hidden(X)) @ self.W2 + self.b2)

    __call__ = forward

# %% gradients
def add_gradients(cls):
    def gradients(self, X, y_onehot):
        z = self.hidden(X)
        out = np.divide(self(X) - y_onehot, len(y_onehot))
        inner = out @ np.transpose(self.W2) * relu_grad(z)
        ones = np.ones((1, len(X)))
        return {"W1": np.transpose(X) @ inner, "b1": ones @ inner, "W2": relu(z).T @ out, "b2": ones @ out}

    cls.gradients = gradients
    return cls


NumpyMLP = add_gradients(NumpyMLP)

# %% train
class Trained(NumpyMLP):
    def train(self, X, y_onehot, epochs, learning_rate):
        history = []
        for _ in range(epochs):
            history.append(cross_entropy(y_onehot, self(X)))
            g = self.gradients(X, y_onehot)
            self.theta -= learning_rate * np.concatenate([g[k].ravel() for k in ("W1", "b1", "W2", "b2")])
        return history


NumpyMLP = Trained

# %% to_torch
def to_torch(model):
    class Torch(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.theta = torch.nn.Parameter(torch.from_numpy(model.theta.copy()))
            self.shapes = [np.shape(a) for a in (model.W1, model.b1, model.W2, model.b2)]

        def forward(self, x):
            parts = self.theta.split([n * m for n, m in self.shapes])
            W1, b1, W2, b2 = (part.view(shape) for part, shape in zip(parts, self.shapes))
            return torch.nn.functional.softmax(torch.addmm(b2, torch.addmm(b1, x, W1).relu(), W2), dim=1)

    return Torch()
