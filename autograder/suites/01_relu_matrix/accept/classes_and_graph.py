# Values still attached to a graph; everything built from an autograd function and a class of its own.

# %% z1
z1 = torch.tensordot(x.clone().requires_grad_(), w1, dims=([1], [1]))

# %% y1
y1 = torch.nn.functional.threshold(z1, 0, 0)

# %% z2
z2 = (y1 * w2).sum(dim=1, keepdim=True)

# %% w2_abs
w2_abs = [w2[0, 0], -w2[0, 1]]
w2_abs = [w2_abs]

# %% two_layer
class PositivePart(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.clamp_min(0)

    @staticmethod
    def backward(ctx, upstream):
        (z,) = ctx.saved_tensors
        return upstream * (z > 0)


def relu(z):
    return PositivePart.apply(z)


class TwoLayer:
    def __call__(self, x, w1, b1, w2, b2):
        hidden = relu((w1 @ x.T).T + b1)
        return (w2 @ hidden.T).T + b2


two_layer = TwoLayer()

# %% sign_scale
sign_scale = lambda c, d: ([[1e-1], [-1e1]], [[c * 10, d / 10]])

# %% best_linear
def best_linear_map(x, y):
    gram = torch.linalg.pinv(x.T.double() @ x.double(), hermitian=True, rtol=1e-11)
    return (gram @ (x.T.double() @ y.double())).T.to(x.dtype)

# %% regions
class Regions:
    def __init__(self, w1, b1):
        self.w1, self.b1 = w1, b1

    def pattern(self, x):
        return ~(torch.matmul(x, self.w1.T) + self.b1 <= 0)

    def count(self, x):
        distinct, _ = torch.unique(self.pattern(x), dim=0, return_inverse=True)
        return torch.tensor(distinct.shape[0])


def activation_pattern(x, w1, b1):
    return Regions(w1, b1).pattern(x)


def count_regions(x, w1, b1):
    return Regions(w1, b1).count(x)
