# fails: residual_block, residual_mlp, residual_bn_mlp
# The sum is written into the input, behind autograd's back.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

    def forward(self, x):
        result = x + self.second(torch.relu(self.first(x)))
        x.data = result.data
        return result
