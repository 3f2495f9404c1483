# fails: two_layer
# A backward of its own that sums the bias gradient as a mean.

# %% two_layer
class Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w.T + b

    @staticmethod
    def backward(ctx, upstream):
        x, w = ctx.saved_tensors
        return upstream @ w, upstream.T @ x, upstream.mean(dim=0)


def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return Layer.apply(relu(Layer.apply(x, w1, b1)), w2, b2)
