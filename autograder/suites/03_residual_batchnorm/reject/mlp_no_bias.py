# fails: mlp
# The last layer has no bias.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.last = nn.Linear(hidden_size, output_size, bias=False)
        nn.init.eye_(self.last.weight)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))
