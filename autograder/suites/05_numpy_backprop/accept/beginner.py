# Written step by step, with loops where a formula would do, by somebody new to NumPy.

# %% perceptron
def perceptron_predict(X, w, b):
    labels = []
    for i in range(len(X)):
        total = b
        for j in range(len(w)):
            total = total + X[i][j] * w[j]
        if total > 0:
            labels.append(1)
        else:
            labels.append(0)
    return np.array(labels)


def perceptron_fit(X, y, max_epochs):
    w = np.zeros(len(X[0]))
    b = 0
    mistakes = 0
    epoch = 0
    while epoch < max_epochs:
        all_right = True
        for i in range(len(X)):
            guess = perceptron_predict([X[i]], w, b)[0]
            if guess == 0 and y[i] == 1:
                w = w + X[i]
                b = b + 1
                mistakes = mistakes + 1
                all_right = False
            if guess == 1 and y[i] == 0:
                w = w - X[i]
                b = b - 1
                mistakes = mistakes + 1
                all_right = False
        if all_right:
            return w, b, mistakes
        epoch = epoch + 1
    return w, b, mistakes

# %% activations
def relu(z):
    result = z.copy()
    result[result < 0] = 0
    return result


def relu_grad(z):
    result = np.ones(z.shape)
    result[z <= 0] = 0
    return result


def softmax(z):
    rows = []
    for row in z:
        largest = max(row)
        powers = [np.exp(value - largest) for value in row]
        rows.append([power / sum(powers) for power in powers])
    return np.array(rows)

# %% losses
def mse(prediction, y):
    difference = prediction - y
    squared = difference * difference
    return np.sum(squared) / squared.size


def cross_entropy(y_onehot, probabilities):
    losses = []
    for i in range(len(y_onehot)):
        for j in range(len(y_onehot[i])):
            if y_onehot[i][j] == 1:
                p = probabilities[i][j]
                if p < 1e-10:
                    p = 1e-10
                losses.append(-np.log(p))
    return sum(losses) / len(losses)

# %% regression
def regression_gradients(X, y, W1, W2, reg):
    n = len(X)
    ones = np.ones(n).reshape(n, 1)
    Xb = np.append(ones, X, axis=1)
    Z = np.matmul(Xb, W1)
    A = Z.copy()
    A[A < 0] = 0
    Ab = np.append(ones, A, axis=1)
    Y = np.matmul(Ab, W2)
    dY = 2 * (Y - y) / n
    dW2 = np.matmul(Ab.T, dY)
    dA = np.matmul(dY, W2.T)
    dA = np.delete(dA, 0, axis=1)
    dA[Z <= 0] = 0
    dW1 = np.matmul(Xb.T, dA)
    return [dW1 + reg * W1, dW2 + reg * W2]

# %% forward
class NumpyMLP:
    def __init__(self, input_size, hidden_size, output_size, seed=0):
        np.random.seed(seed)
        self.W1 = np.random.randn(input_size, hidden_size) * 0.1
        self.b1 = np.zeros([1, hidden_size])
        self.W2 = np.random.randn(hidden_size, output_size) * 0.1
        self.b2 = np.zeros([1, output_size])

    def forward(self, X):
        Z1 = np.matmul(X, self.W1)
        Z1 = Z1 + self.b1
        A1 = np.where(Z1 > 0, Z1, 0)
        Z2 = np.matmul(A1, self.W2)
        Z2 = Z2 + self.b2
        E = np.exp(Z2 - np.max(Z2, axis=1).reshape(-1, 1))
        return E / np.sum(E, axis=1).reshape(-1, 1)

# %% gradients
def gradients(self, X, y_onehot):
    n = len(X)
    Z1 = np.matmul(X, self.W1) + self.b1
    A1 = np.where(Z1 > 0, Z1, 0)
    P = self.forward(X)
    dZ2 = (P - y_onehot) / n
    result = {}
    result["W2"] = np.matmul(A1.T, dZ2)
    result["b2"] = np.sum(dZ2, axis=0).reshape(1, -1)
    dA1 = np.matmul(dZ2, self.W2.T)
    dZ1 = np.where(Z1 > 0, dA1, 0)
    result["W1"] = np.matmul(X.T, dZ1)
    result["b1"] = np.sum(dZ1, axis=0).reshape(1, -1)
    return result


NumpyMLP.gradients = gradients

# %% train
def train(self, X, y_onehot, epochs, learning_rate):
    losses = []
    for epoch in range(epochs):
        P = self.forward(X)
        losses.append(cross_entropy(y_onehot[:50], P[:50]) if False else -np.mean(np.log(np.sum(P * y_onehot, axis=1))))
        g = self.gradients(X, y_onehot)
        self.W1 = self.W1 - learning_rate * g["W1"]
        self.b1 = self.b1 - learning_rate * g["b1"]
        self.W2 = self.W2 - learning_rate * g["W2"]
        self.b2 = self.b2 - learning_rate * g["b2"]
    return losses


NumpyMLP.train = train

# %% to_torch
class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        z = torch.matmul(x, self.W1) + self.b1
        a = torch.where(z > 0, z, torch.zeros_like(z))
        z = torch.matmul(a, self.W2) + self.b2
        e = torch.exp(z - z.max(dim=1).values.reshape(-1, 1))
        return e / e.sum(dim=1).reshape(-1, 1)


def to_torch(model):
    network = Network()
    network.W1 = torch.nn.Parameter(torch.tensor(model.W1))
    network.b1 = torch.nn.Parameter(torch.tensor(model.b1))
    network.W2 = torch.nn.Parameter(torch.tensor(model.W2))
    network.b2 = torch.nn.Parameter(torch.tensor(model.b2))
    return network
