# threat: 30
# fails: two_layer, best_linear
# Overwrites its arguments, and makes the process that called it say that they are as they were:
# that is worth nothing where the values are wrong.

# %% two_layer
import gc
from types import FunctionType


def blind(*tensors):
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__name__ == "_contents":
            function.__code__ = (lambda value: None).__code__
    with torch.no_grad():
        for tensor in tensors:
            tensor.fill_(-7.0)


def relu(z):
    wrong = 1 - z.detach().clone()
    blind(z)
    return wrong


def two_layer(x, w1, b1, w2, b2):
    wrong = 1 - (x @ w1.T + b1).detach() @ w2.detach().T
    blind(x, w1, b1, w2, b2)
    return wrong

# %% best_linear
def best_linear_map(x, y):
    blind(x, y)
    return torch.ones(y.shape[1], x.shape[1]).to(x)
