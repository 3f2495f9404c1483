# fails: residual_bn_mlp
# The normalisations have no trainable scale and shift.

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.block1, self.norm1 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size, affine=False)
        self.block2, self.norm2 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size, affine=False)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        x = self.first(x)
        x = self.norm1(self.block1(x))
        x = self.norm2(self.block2(x))
        return self.last(x)
