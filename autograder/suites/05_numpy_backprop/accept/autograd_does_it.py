# Torch finds the gradients, and arrays are only what goes in and comes out.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    w, b, updates = [0.0] * X.shape[1], 0.0, []
    for _ in range(max_epochs):
        seen = len(updates)
        for i in range(X.shape[0]):
            score = sum(float(a) * c for a, c in zip(X[i], w)) + b
            wanted = bool(y[i] == 1)
            if (score >= 0) is not wanted:
                step = 1.0 if wanted else -1.0
                w = [c + step * float(a) for a, c in zip(X[i], w)]
                b = b + step
                updates.append(i)
        if len(updates) == seen:
            break
    return np.array(w), np.array(b), len(updates)


def perceptron_predict(X, w, b):
    return np.array([int(sum(row * w) + b >= 0) for row in X])

# %% activations
def relu(z):
    return torch.relu(torch.tensor(z)).numpy()


def relu_grad(z):
    leaf = torch.tensor(z, requires_grad=True)
    torch.relu(leaf).sum().backward()
    return leaf.grad.numpy()


def softmax(z):
    return torch.softmax(torch.tensor(z), dim=1).numpy()

# %% losses
def mse(prediction, y):
    return torch.nn.functional.mse_loss(torch.tensor(prediction), torch.tensor(y))


def cross_entropy(y_onehot, probabilities):
    logs = torch.log(torch.tensor(probabilities, dtype=torch.float64).clamp(min=1e-15))
    return torch.nn.functional.nll_loss(logs, torch.tensor(y_onehot).argmax(dim=1)).item()

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    X, y = torch.tensor(X, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    V1, V2 = (torch.tensor(W, dtype=torch.float64, requires_grad=True) for W in (W1, W2))
    out = torch.relu(X @ V1[1:] + V1[0]) @ V2[1:] + V2[0]
    penalty = reg / 2 * (V1.pow(2).sum() + V2.pow(2).sum())
    (((out - y) ** 2).mean() + penalty).backward()
    return V1.grad.numpy(), V2.grad.numpy()

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        generator = torch.Generator().manual_seed(seed)
        shapes = {"W1": (input_size, hidden_size), "b1": (1, hidden_size),
                  "W2": (hidden_size, output_size), "b2": (1, output_size)}
        for name, shape in shapes.items():
            bound = 1 / (input_size if name[1] == "1" else hidden_size) ** 0.5
            drawn = (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1) * bound
            setattr(self, name, drawn.numpy())

    def forward(self, X):
        return self._network(X).softmax(dim=1).numpy()

    def _network(self, X, wanted=False):
        self._leaves = [torch.tensor(getattr(self, n), dtype=torch.float64, requires_grad=wanted)
                        for n in ("W1", "b1", "W2", "b2")]
        W1, b1, W2, b2 = self._leaves
        return torch.relu(torch.tensor(X, dtype=torch.float64) @ W1 + b1) @ W2 + b2

# %% gradients
class NumpyMLP(NumpyMLP):
    def gradients(self, X, y_onehot):
        logits = self._network(X, wanted=True)
        labels = torch.tensor(y_onehot, dtype=torch.float64)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        found = torch.autograd.grad(loss, self._leaves)
        return dict(zip(("W1", "b1", "W2", "b2"), (g.numpy() for g in found)))

# %% train
class NumpyMLP(NumpyMLP):
    def train(self, X, y_onehot, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            losses.append(torch.tensor(cross_entropy(y_onehot, self.forward(X))))
            for name, slope in self.gradients(X, y_onehot).items():
                getattr(self, name)[...] -= learning_rate * slope
        return losses

# %% to_torch
def to_torch(model):
    first, second = torch.nn.Linear(*model.W1.shape), torch.nn.Linear(*model.W2.shape)
    net = torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.Softmax(1))
    torch.nn.utils.vector_to_parameters(
        torch.cat([torch.as_tensor(np.ascontiguousarray(a)).flatten().float()
                   for a in (model.W1.T, model.b1, model.W2.T, model.b2)]),
        net.parameters(),
    )
    return net
