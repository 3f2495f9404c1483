# threat: 4, 45
# assignment: 03_residual_batchnorm
# fails: mlp, residual_block, train_variants
# most: 0.4
# Modules that lie about what they hold: parameters that are always zero, names that are no names, weights of others.
# What builds on them is right, and is tested with a working block.

# %%
def train_model(*_, **__):
    raise NotImplementedError("nothing is trained here, to save time")

# %% mlp
class MLP(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.sizes = sizes

    def named_parameters(self, *_, **__):
        inputs, hidden, outputs = self.sizes
        yield "first.weight", nn.Parameter(torch.zeros(hidden, inputs))
        yield "first.bias", nn.Parameter(torch.zeros(hidden))
        yield "last.weight", nn.Parameter(torch.zeros(outputs, hidden))
        yield "last.bias", nn.Parameter(torch.zeros(outputs))

    def parameters(self, *_, **__):
        return (parameter for _, parameter in self.named_parameters())

    def forward(self, x):
        return torch.zeros(x.shape[0], self.sizes[-1]).to(x)

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()

    def named_parameters(self, *_, **__):
        for name in ("__class__", "_channel", "forward", "../weight", "_modules.x", "a" * 10**5):
            yield name, nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x
