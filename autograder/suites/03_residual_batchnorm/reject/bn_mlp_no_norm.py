# fails: residual_bn_mlp
# The normalisations are made and not used.

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.block1, self.norm1 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size)
        self.block2, self.norm2 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        x = self.first(x)
        x = self.block1(x)
        x = self.block2(x)
        return self.last(x)
