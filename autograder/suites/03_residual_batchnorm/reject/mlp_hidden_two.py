# fails: mlp
# The hidden size is always 2.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, 2)
        self.last = identity_linear(2, output_size)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))
