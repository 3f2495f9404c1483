# %% [markdown]
# # A network with no framework

# %% locked="setup"
# Locked: what the notebook works with.
import numpy as np
import torch

from course_lib import check, plots

# %% [markdown]
# ### Task 1 · The perceptron (4 points)

# %% solution="perceptron"
def perceptron_fit(X, y, max_epochs):
    """(w, b, mistakes) of a perceptron trained from zero: w (d,), b a number, mistakes an int.

    X: (n, d); y: (n,), labels 0 and 1. At most max_epochs times through the rows.
    """
    ### BEGIN SOLUTION
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = mistakes
        for row, label in zip(X, y, strict=True):
            error = label - (row @ w + b > 0)
            if error != 0:
                w, b, mistakes = w + error * row, b + error, mistakes + 1
        if mistakes == before:
            break
    return w, b, mistakes
    ### END SOLUTION


def perceptron_predict(X, w, b):
    """The label, 0 or 1, of each row of X (n, d): an array (n,)."""
    ### BEGIN SOLUTION
    return (X @ w + b > 0).astype(int)
    ### END SOLUTION


# %% test="perceptron" points=4
check("perceptron")

# %% [markdown]
# ### Task 2 · ReLU, its slope, and softmax (2 points)

# %% solution="activations"
def relu(z):
    """max(0, z), entry by entry: any shape in, the same shape out."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0)
    ### END SOLUTION


def relu_grad(z):
    """The slope of ReLU at each entry of z, 0 at exactly 0."""
    ### BEGIN SOLUTION
    return (z > 0).astype(z.dtype)
    ### END SOLUTION


def softmax(z):
    """Each row of z (n, k) as probabilities."""
    ### BEGIN SOLUTION
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% test="activations" points=2
check("activations")

# %% [markdown]
# ### Task 3 · Two losses (3 points)

# %% solution="losses"
def mse(prediction, y):
    """The mean of the squared differences over all elements; both arrays have the same shape."""
    ### BEGIN SOLUTION
    return np.mean((prediction - y) ** 2)
    ### END SOLUTION


def cross_entropy(y_onehot, probabilities):
    """The mean over the samples of −log(probability of the true class); both (n, k)."""
    ### BEGIN SOLUTION
    return -np.mean(np.sum(y_onehot * np.log(np.maximum(probabilities, 1e-15)), axis=1))
    ### END SOLUTION


# %% test="losses" points=3
check("losses")

# %% [markdown]
# ### Task 4 · Backward through a regression (3 points)

# %% solution="regression"
def numeric_gradient(f, array, h=1e-6):
    """The slope of f() along each entry of array, by central differences; the same shape as array.

    f takes no argument and reads array, which is as before once this returns.
    """
    slopes = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        start = array[place]
        ### BEGIN SOLUTION
        array[place] = start + h
        above = f()
        array[place] = start - h
        below = f()
        slopes[place] = (above - below) / (2 * h)
        ### END SOLUTION
        array[place] = start
    return slopes


def regression_gradients(X, y, W1, W2, reg):
    """(dW1, dW2), in the shapes of W1 (1 + d, hidden) and W2 (1 + hidden, 1); X: (n, d), y: (n, 1)."""
    ### BEGIN SOLUTION
    ones = np.ones((len(X), 1))
    Xb = np.hstack([ones, X])
    Z = Xb @ W1
    Ab = np.hstack([ones, np.maximum(Z, 0)])
    d_out = 2 / len(X) * (Ab @ W2 - y)
    d_Z = d_out @ W2[1:].T * (Z > 0)
    return Xb.T @ d_Z + reg * W1, Ab.T @ d_out + reg * W2
    ### END SOLUTION


# %% test="regression" points=3
check("regression")

# %% [markdown]
# ### Task 5 · A network as a class (4 points)

# %% solution="forward"
class NumpyMLP:
    """Linear, ReLU, linear, softmax: (n, input_size) in, probabilities (n, output_size) out."""

    def __init__(self, input_size, hidden_size, output_size, seed=0):
        ### BEGIN SOLUTION
        rng = np.random.default_rng(seed)
        self.W1 = rng.normal(0, np.sqrt(2 / input_size), (input_size, hidden_size))
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = rng.normal(0, np.sqrt(1 / hidden_size), (hidden_size, output_size))
        self.b2 = np.zeros((1, output_size))
        ### END SOLUTION

    def forward(self, X):
        """The probabilities of the classes for each row of X."""
        ### BEGIN SOLUTION
        hidden = relu(X @ self.W1 + self.b1)
        return softmax(hidden @ self.W2 + self.b2)
        ### END SOLUTION


# %% test="forward" points=4
check("forward")

# %% [markdown]
# ### Task 6 · The gradients (8 points)

# %% solution="gradients"
def gradients(self, X, y_onehot):
    """The gradients of the mean cross-entropy: a dict with the keys W1, b1, W2 and b2."""
    ### BEGIN SOLUTION
    z1 = X @ self.W1 + self.b1
    d_z2 = (self.forward(X) - y_onehot) / len(X)
    d_z1 = d_z2 @ self.W2.T * relu_grad(z1)
    return {
        "W1": X.T @ d_z1,
        "b1": d_z1.sum(axis=0, keepdims=True),
        "W2": relu(z1).T @ d_z2,
        "b2": d_z2.sum(axis=0, keepdims=True),
    }
    ### END SOLUTION


NumpyMLP.gradients = gradients

# %% test="gradients" points=8
check("gradients")

# %% [markdown]
# ### Task 7 · Training (4 points)

# %% solution="train"
def train(self, X, y_onehot, epochs, learning_rate):
    """Gradient descent on all of X; the list of losses, one per epoch, each before its update."""
    ### BEGIN SOLUTION
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses
    ### END SOLUTION


NumpyMLP.train = train

# %% test="train" points=4
check("train")

# %% [markdown]
# ### Task 8 · The same network in torch (2 points)

# %% solution="to_torch"
def to_torch(model):
    """An nn.Module with the weights of a NumpyMLP that gives the same probabilities."""
    ### BEGIN SOLUTION
    layers = []
    for W, b in ((model.W1, model.b1), (model.W2, model.b2)):
        layer = torch.nn.Linear(*W.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(W.T))
            layer.bias.copy_(torch.as_tensor(b[0]))
        layers.append(layer)
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.Softmax(dim=1))
    ### END SOLUTION


# %% test="to_torch" points=2
check("to_torch")
