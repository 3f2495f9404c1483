# Rows in random order, einsum for every product, a dict of parameters behind properties.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    rng = np.random.default_rng(1)
    w, b, mistakes = np.zeros(X.shape[1]), 0, 0
    for _ in range(max_epochs):
        wrong = 0
        for i in rng.permutation(len(X)):
            if perceptron_predict(X[i : i + 1], w, b)[0] != y[i]:
                sign = 2 * y[i] - 1
                w, b, wrong = w + sign * X[i], b + sign, wrong + 1
        mistakes += wrong
        if wrong == 0:
            break
    result = [w, b, mistakes]
    return result


def perceptron_predict(X, w, b):
    return np.heaviside(np.einsum("nd,d->n", X, w) + b, 1.0)

# %% activations
def relu(z):
    return np.where(z < 0, np.zeros_like(z), z)


def relu_grad(z):
    return np.heaviside(z, 0)


def softmax(z):
    from scipy.special import softmax as library

    return library(z, axis=1)

# %% losses
def mse(prediction, y):
    d = (prediction - y).ravel()
    return np.einsum("i,i->", d, d) / d.size


def cross_entropy(y_onehot, probabilities):
    from scipy.special import xlogy

    return -xlogy(y_onehot, np.fmax(probabilities, 1e-30)).sum(axis=1).mean()

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    Xb = np.c_[np.ones(len(X)), X]
    Z = np.einsum("nd,dh->nh", Xb, W1)
    Ab = np.c_[np.ones(len(X)), Z.clip(0)]
    error = np.einsum("nh,ho->no", Ab, W2) - y
    back = np.einsum("no,ho,nh->nh", error, W2[1:], np.heaviside(Z, 0))
    dW1 = 2 * np.einsum("nd,nh->dh", Xb, back) / len(X) + reg * W1
    return dW1, 2 * np.einsum("nh,no->ho", Ab, error) / len(X) + reg * W2

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        state = np.random.RandomState(seed)
        sizes = [input_size, hidden_size, output_size]
        self.params = {}
        for i in (1, 2):
            fan_in, fan_out = sizes[i - 1 : i + 1]
            self.params[f"W{i}"] = state.normal(scale=(2 / (fan_in + fan_out)) ** 0.5, size=(fan_in, fan_out))
            self.params[f"b{i}"] = np.full((1, fan_out), 0.01)

    W1 = property(lambda self: self.params["W1"])
    b1 = property(lambda self: self.params["b1"])
    W2 = property(lambda self: self.params["W2"])
    b2 = property(lambda self: self.params["b2"])

    def forward(self, X):
        units = relu(np.einsum("nd,dh->nh", X, self.W1) + self.b1)
        return softmax(np.einsum("nh,hk->nk", units, self.W2) + self.b2)

# %% gradients
def _gradients(self, X, y_onehot):
    n = len(X)
    z = np.einsum("nd,dh->nh", X, self.W1) + self.b1
    e = self.forward(X) - y_onehot
    d = np.einsum("nk,hk,nh->nh", e, self.W2, relu_grad(z))
    return {
        "b2": np.einsum("nk->k", e)[None] / n,
        "W2": np.einsum("nh,nk->hk", relu(z), e) / n,
        "b1": np.einsum("nh->h", d)[None] / n,
        "W1": np.einsum("nd,nh->dh", X, d) / n,
    }


NumpyMLP.gradients = _gradients

# %% train
def _train(self, X, y_onehot, epochs, learning_rate):
    def step():
        loss = cross_entropy(y_onehot, self.forward(X))
        for name, slope in self.gradients(X, y_onehot).items():
            self.params[name] -= learning_rate * slope
        return loss

    return [step() for _ in range(epochs)]


setattr(NumpyMLP, "train", _train)

# %% to_torch
def to_torch(model):
    net = torch.nn.Sequential(
        torch.nn.Linear(model.W1.shape[0], model.W1.shape[1], dtype=torch.float64),
        torch.nn.ReLU(),
        torch.nn.Linear(model.W2.shape[0], model.W2.shape[1], dtype=torch.float64),
        torch.nn.Softmax(dim=-1),
    )
    net.load_state_dict({
        "0.weight": torch.from_numpy(model.W1.T.copy()), "0.bias": torch.from_numpy(model.b1[0].copy()),
        "2.weight": torch.from_numpy(model.W2.T.copy()), "2.bias": torch.from_numpy(model.b2[0].copy()),
    })
    return net
