# fails: mlp
# The weights start as nn.Linear draws them.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = nn.Linear(input_size, hidden_size)
        self.last = nn.Linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))
