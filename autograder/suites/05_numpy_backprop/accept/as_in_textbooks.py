# What forward computes is kept in the object for the way back; the class grows by a subclass of its own name.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    n, d = X.shape
    w = np.zeros(d)
    b = 0.0
    mistakes = 0
    for epoch in range(max_epochs):
        errors = 0
        for i in range(n):
            prediction = 1 if np.dot(w, X[i]) + b >= 0 else 0
            update = 0.1 * (y[i] - prediction)
            if update != 0.0:
                w += update * X[i]
                b += update
                errors += 1
        mistakes += errors
        if errors == 0:
            break
    return w, b, mistakes


def perceptron_predict(X, w, b):
    return np.where(np.dot(X, w) + b >= 0.0, 1, 0)

# %% activations
def relu(z):
    return np.maximum(0, z)


def relu_grad(z):
    return np.array(relu(z) > 0, dtype=float)


def softmax(z):
    exp_z = np.exp(z - np.max(z, axis=1, keepdims=True))
    return exp_z / np.sum(exp_z, axis=1, keepdims=True)

# %% losses
def mse(prediction, y):
    return ((prediction - y) ** 2).mean()


def cross_entropy(y_onehot, probabilities):
    return -np.sum(y_onehot * np.log(probabilities + 1e-8)) / y_onehot.shape[0]

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    N = X.shape[0]
    Xb = np.hstack((np.ones((N, 1)), X))
    Z = Xb.dot(W1)
    A = np.maximum(Z, 0)
    Ab = np.hstack((np.ones((N, 1)), A))
    Y_hat = Ab.dot(W2)
    d_Y_hat = (2.0 / N) * (Y_hat - y)
    d_W2 = Ab.transpose().dot(d_Y_hat)
    d_Ab = d_Y_hat.dot(W2.transpose())
    d_A = d_Ab[:, 1:]
    d_Z = d_A * np.array(Z > 0, dtype=float)
    d_W1 = Xb.transpose().dot(d_Z)
    d_W2 += reg * W2
    d_W1 += reg * W1
    return d_W1, d_W2

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = output_size
        np.random.seed(seed)
        self.W1 = np.random.randn(input_size, hidden_size) / np.sqrt(input_size)
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = np.random.randn(hidden_size, output_size) / np.sqrt(hidden_size)
        self.b2 = np.zeros((1, output_size))

    def forward(self, X):
        self.z1 = np.dot(X, self.W1) + self.b1
        self.a1 = relu(self.z1)
        self.z2 = np.dot(self.a1, self.W2) + self.b2
        self.a2 = softmax(self.z2)
        return self.a2

# %% gradients
class NumpyMLP(NumpyMLP):
    def gradients(self, X, y_onehot):
        output = self.forward(X)
        batch_size = X.shape[0]
        delta2 = output - y_onehot
        delta1 = np.dot(delta2, self.W2.T) * relu_grad(self.a1)
        return {
            "W1": np.dot(X.T, delta1) / batch_size,
            "b1": np.sum(delta1, axis=0, keepdims=True) / batch_size,
            "W2": np.dot(self.a1.T, delta2) / batch_size,
            "b2": np.sum(delta2, axis=0, keepdims=True) / batch_size,
        }

# %% train
class NumpyMLP(NumpyMLP):
    def train(self, X, y, epochs, learning_rate):
        self.learning_rate = learning_rate
        losses = []
        for epoch in range(epochs):
            losses.append(cross_entropy(y, self.forward(X)))
            grads = self.gradients(X, y)
            self.W2 -= learning_rate * grads["W2"]
            self.b2 -= learning_rate * grads["b2"]
            self.W1 -= learning_rate * grads["W1"]
            self.b1 -= learning_rate * grads["b1"]
        return losses

# %% to_torch
class TorchMLP(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        n, h = model.W1.shape
        self.fc1 = torch.nn.Linear(n, h)
        self.fc2 = torch.nn.Linear(h, model.W2.shape[1])
        self.fc1.weight.data = torch.tensor(model.W1.T, dtype=torch.float32)
        self.fc1.bias.data = torch.tensor(model.b1.ravel(), dtype=torch.float32)
        self.fc2.weight.data = torch.tensor(model.W2.T, dtype=torch.float32)
        self.fc2.bias.data = torch.tensor(model.b2.ravel(), dtype=torch.float32)

    def forward(self, x):
        return torch.softmax(self.fc2(torch.relu(self.fc1(x))), dim=1)


def to_torch(model):
    return TorchMLP(model)
