# fails: mlp
# Takes the hidden size for the output size and the other way round.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))
