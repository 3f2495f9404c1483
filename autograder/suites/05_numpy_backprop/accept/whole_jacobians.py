# Every step back is a product with a Jacobian; a network of layers that know their own way back.

# %% perceptron
class Perceptron:
    def __init__(self, d):
        self.v, self.mistakes = np.zeros(d + 1), 0

    def score(self, row):
        return self.v[:-1] @ row + self.v[-1]

    def learn(self, row, label):
        wrong = (self.score(row) > 0) != label
        if wrong:
            self.v += (1 if label else -1) * np.append(row, 1)
            self.mistakes += 1
        return wrong


def perceptron_fit(X, y, max_epochs):
    p = Perceptron(X.shape[1])
    for _ in range(max_epochs):
        if not sum(p.learn(row, label) for row, label in zip(X, y)):
            break
    return p.v[:-1], p.v[-1], p.mistakes


def perceptron_predict(X, w, b):
    return np.array(X @ w > -b, dtype=np.int8)

# %% activations
relu = lambda z: np.clip(z, 0, None)
relu_grad = lambda z: np.sign(relu(z))


def softmax(z):
    # One over the sum of the others' ratios: no exponential is larger than a row needs.
    d = z - z.max(axis=1, keepdims=True)
    return np.exp(d) * (1 / np.exp(d) @ np.ones((z.shape[1], 1))) if z.shape[1] == 1 else np.exp(d) / np.exp(d).sum(1)[:, np.newaxis]

# %% losses
def mse(prediction, y):
    total = 0.0
    for a, b in zip(np.ravel(prediction), np.ravel(y)):
        total += (float(a) - float(b)) ** 2
    return total / np.size(y)


def cross_entropy(y_onehot, probabilities):
    total = 0.0
    for labels, row in zip(y_onehot, probabilities):
        p = float(row[list(labels).index(1)])
        total -= np.log(p) if p > 0 else -745.0
    return total / len(y_onehot)

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    n, hidden = X.shape[0], W1.shape[1]
    Xb = np.concatenate([np.ones((n, 1)), X], axis=1)
    Z = Xb @ W1
    Ab = np.concatenate([np.ones((n, 1)), np.maximum(Z, 0)], axis=1)
    g = 2 * (Ab @ W2 - y) / n
    dW2 = np.zeros(W2.shape) + reg * W2
    dW1 = np.zeros(W1.shape) + reg * W1
    for j in range(hidden + 1):
        dW2[j, 0] += Ab[:, j] @ g[:, 0]
    for j in range(hidden):
        dZ = g[:, 0] * W2[j + 1, 0] * (Z[:, j] > 0)
        for i in range(Xb.shape[1]):
            dW1[i, j] += Xb[:, i] @ dZ
    return dW1, dW2

# %% forward
class Dense:
    def __init__(self, rng, n, m):
        self.W, self.b = rng.normal(size=(n, m)) / n**0.5, np.zeros((1, m))

    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b

    def back(self, g):
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)[None, :]
        return g @ self.W.T


class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.Generator(np.random.PCG64(seed))
        self.layers = [Dense(rng, input_size, hidden_size), Dense(rng, hidden_size, output_size)]

    def __getattr__(self, name):
        if name in ("W1", "b1", "W2", "b2"):
            return getattr(self.layers[int(name[1]) - 1], name[0])
        raise AttributeError(name)

    def forward(self, X):
        return softmax(self.layers[1](relu(self.layers[0](X))))

# %% gradients
def gradients(self, X, y_onehot):
    p = self.forward(X)
    n, k = p.shape
    z2 = relu(self.layers[0](X)) @ self.W2 + self.b2
    logs = z2 - z2.max(axis=1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
    # d log p_i / d z_j is δ_ij − p_j
    jacobian = np.eye(k)[None] - p[:, None, :]
    g = -np.einsum("ni,nij->nj", y_onehot / n, jacobian)
    self.layers[1].x = relu(self.layers[0].x @ self.W1 + self.b1)
    g = self.layers[1].back(g)
    self.layers[0].back(g * relu_grad(self.layers[0].x @ self.W1 + self.b1))
    one, two = self.layers
    return {"W1": one.dW, "b1": one.db, "W2": two.dW, "b2": two.db}


NumpyMLP.gradients = gradients

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for _ in range(epochs):
        p = self.forward(X)
        losses.append(-np.log(np.maximum((p * y_onehot).sum(axis=1), 1e-12)).mean())
        found = self.gradients(X, y_onehot)
        for i, layer in enumerate(self.layers, 1):
            layer.W = layer.W - learning_rate * found[f"W{i}"]
            layer.b = layer.b - learning_rate * found[f"b{i}"]
    return losses


NumpyMLP.train = train

# %% to_torch
def to_torch(model):
    net = torch.nn.Sequential()
    for i, (n, m) in enumerate((model.W1.shape, model.W2.shape), 1):
        layer = torch.nn.Linear(n, m)
        layer.weight = torch.nn.Parameter(torch.Tensor(getattr(model, f"W{i}")).t())
        layer.bias = torch.nn.Parameter(torch.Tensor(getattr(model, f"b{i}")).squeeze(0))
        net.append(layer)
        net.append(torch.nn.ReLU() if i == 1 else torch.nn.Softmax(dim=1))
    return net
