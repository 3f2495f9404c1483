# threat: 6
# fails: w2_abs, two_layer
# A tensor that takes over every function it is given to.

# %% w2_abs
class Sly(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        if name in ("allclose", "equal", "all", "__bool__"):
            return True
        if name in ("sub", "__sub__", "abs", "max"):
            return torch.zeros(1)
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **(kwargs or {}))


w2_abs = torch.full((1, 2), 9.0).as_subclass(Sly)

# %% two_layer
def relu(z):
    return (0 * z + 7).as_subclass(Sly)


def two_layer(x, w1, b1, w2, b2):
    return (x.sum() * torch.ones(x.shape[0], w2.shape[0])).to(x).as_subclass(Sly)
