# fails: two_layer
# A backward of its own that ignores the upstream gradient.

# %% two_layer
class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.clamp(min=0)

    @staticmethod
    def backward(ctx, upstream):
        (z,) = ctx.saved_tensors
        return (z > 0).to(z.dtype)


def relu(z):
    return Relu.apply(z)


def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2
