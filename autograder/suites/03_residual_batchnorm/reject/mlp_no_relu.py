# fails: mlp
# Two linear layers with nothing between them.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.first(x))
