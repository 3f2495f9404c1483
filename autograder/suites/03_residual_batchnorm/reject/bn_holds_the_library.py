# fails: batch_norm
# nn.BatchNorm1d inside, hidden in a list.

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        inner = nn.BatchNorm1d(num_features, eps, momentum)
        self.inner = [inner]
        self.scale, self.shift = inner.weight, inner.bias
        self.register_buffer("mean", inner.running_mean)
        self.register_buffer("var", inner.running_var)

    def forward(self, x):
        (inner,) = self.inner
        inner.train(self.training)
        inner.running_mean, inner.running_var = self.mean, self.var
        return inner(x)
