# fails: residual_mlp
# A ReLU after the first layer, as in MLP.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = nn.Sequential(ResidualBlock(hidden_size), ResidualBlock(hidden_size))
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.blocks(torch.relu(self.first(x))))
