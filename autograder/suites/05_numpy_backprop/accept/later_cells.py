# rest: solution
# Names of the tasks are used again later, for other things.

# %% after:activations
softmax = np.linspace(-1, 1, 7)
relu_grad = {"plot": softmax}
from scipy.special import softmax as library


def softmax(z):
    return library(z, axis=1)


def relu_grad(z):
    return 1.0 * (z > 0)

# %% after:train
model = NumpyMLP(2, 3, 2)
gradients = model.gradients(np.ones((1, 2)), np.ones((1, 2)))
train = None

# %% after:to_torch
NumpyMLP = None
forward = 3
