# Each layer is one matrix whose first row is the bias, as in the regression; the four arrays are views of it.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    rows = np.insert(X, 0, 1, axis=1)
    v, mistakes, since, epochs = np.zeros(rows.shape[1]), 0, 0, 0
    while since < len(rows) and epochs < max_epochs:
        for row, label in zip(rows, y):
            guess = int(row @ v > 0)
            v = v + (label - guess) * row
            mistakes += int(label != guess)
            since = 0 if label != guess else since + 1
        epochs += 1
    return v[1:].copy(), float(v[0]), mistakes


def perceptron_predict(X, w, b):
    return np.insert(X, 0, 1, axis=1) @ np.r_[b, w] > 0

# %% activations
def relu(z):
    return (np.abs(z) + z) / 2


def relu_grad(z):
    slope = np.zeros(z.shape, z.dtype)
    slope[z > 0] = 1
    return slope


def softmax(z):
    e = np.exp((z.T - z.T.max(axis=0)))
    return (e / e.sum(axis=0)).T

# %% losses
def mse(prediction, y):
    return np.linalg.norm(prediction - y) ** 2 / np.size(y)


def cross_entropy(y_onehot, probabilities):
    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log(probabilities), -100)
    return -(y_onehot * logs).sum(axis=1).mean()

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    # Once sample by sample, and added up.
    dW1, dW2 = reg * W1.astype(float), reg * W2.astype(float)
    for x, target in zip(X, y):
        xb = np.concatenate([[1.0], x])
        z = xb @ W1
        ab = np.concatenate([[1.0], np.maximum(z, 0)])
        error = 2 * (ab @ W2 - target) / len(X)
        dW2 += np.outer(ab, error)
        dW1 += np.outer(xb, (W2[1:] @ error) * (z > 0))
    return dW1, dW2

# %% forward
def with_ones(rows):
    return np.hstack([np.ones((len(rows), 1)), rows])


class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng([seed, 5])
        self.M1 = 0.3 * rng.standard_normal((input_size + 1, hidden_size))
        self.M2 = 0.3 * rng.standard_normal((hidden_size + 1, output_size))
        self.b1, self.W1 = self.M1[:1], self.M1[1:]
        self.b2, self.W2 = self.M2[:1], self.M2[1:]

    def forward(self, X):
        return softmax(with_ones(relu(with_ones(X) @ self.M1)) @ self.M2)

# %% gradients
def gradients(self, X, y_onehot):
    Xb = with_ones(X)
    Z = Xb @ self.M1
    Ab = with_ones(relu(Z))
    error = (softmax(Ab @ self.M2) - y_onehot) / len(Xb)
    G2 = Ab.T @ error
    G1 = Xb.T @ ((error @ self.M2.T)[:, 1:] * relu_grad(Z))
    return {"W1": G1[1:], "b1": G1[:1], "W2": G2[1:], "b2": G2[:1]}


NumpyMLP.gradients = gradients
del gradients

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    while len(losses) < epochs:
        losses += [cross_entropy(y_onehot, self.forward(X))]
        g = self.gradients(X, y_onehot)
        self.M1 -= learning_rate * np.vstack([g["b1"], g["W1"]])
        self.M2 -= learning_rate * np.vstack([g["b2"], g["W2"]])
    return tuple(losses)


NumpyMLP.train = train

# %% to_torch
class Stacked(torch.nn.Module):
    def __init__(self, M1, M2):
        super().__init__()
        self.layers = torch.nn.ParameterList([torch.tensor(M1), torch.tensor(M2)])

    def forward(self, x):
        ones = x.new_ones(len(x), 1)
        x = torch.relu(torch.cat([ones, x], dim=1) @ self.layers[0])
        x = torch.cat([ones, x], dim=1) @ self.layers[1]
        return torch.exp(torch.log_softmax(x, dim=1))


def to_torch(model):
    return Stacked(model.M1, model.M2)
