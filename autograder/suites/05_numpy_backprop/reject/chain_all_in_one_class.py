# fails: gradients
# One mistake: the gradients are those of the sum over the samples; each later cell writes the whole class again.

# %% gradients
class NumpyMLP:

    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W1 = rng.normal(0, np.sqrt(2 / input_size), (input_size, hidden_size))
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = rng.normal(0, np.sqrt(1 / hidden_size), (hidden_size, output_size))
        self.b2 = np.zeros((1, output_size))

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = relu(self.z1)
        return softmax(self.a1 @ self.W2 + self.b2)

    def gradients(self, X, y_onehot):
        d_z2 = (self.forward(X) - y_onehot)
        d_z1 = d_z2 @ self.W2.T * relu_grad(self.z1)
        return {
            "W1": X.T @ d_z1,
            "b1": d_z1.sum(axis=0, keepdims=True),
            "W2": self.a1.T @ d_z2,
            "b2": d_z2.sum(axis=0, keepdims=True),
        }

# %% train
class NumpyMLP:

    def __init__(self, input_size, hidden_size, output_size, seed=0):
        rng = np.random.default_rng(seed)
        self.W1 = rng.normal(0, np.sqrt(2 / input_size), (input_size, hidden_size))
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = rng.normal(0, np.sqrt(1 / hidden_size), (hidden_size, output_size))
        self.b2 = np.zeros((1, output_size))

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = relu(self.z1)
        return softmax(self.a1 @ self.W2 + self.b2)

    def gradients(self, X, y_onehot):
        d_z2 = (self.forward(X) - y_onehot)
        d_z1 = d_z2 @ self.W2.T * relu_grad(self.z1)
        return {
            "W1": X.T @ d_z1,
            "b1": d_z1.sum(axis=0, keepdims=True),
            "W2": self.a1.T @ d_z2,
            "b2": d_z2.sum(axis=0, keepdims=True),
        }

    def train(self, X, y_onehot, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            losses.append(float(cross_entropy(y_onehot, self.forward(X))))
            for name, slope in self.gradients(X, y_onehot).items():
                setattr(self, name, getattr(self, name) - learning_rate * slope)
        return losses
