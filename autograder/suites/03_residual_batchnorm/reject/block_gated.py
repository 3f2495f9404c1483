# fails: residual_block, residual_mlp, residual_bn_mlp
# A trainable factor before the branch.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

        self.gate = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return x + self.gate * self.second(torch.relu(self.first(x)))
