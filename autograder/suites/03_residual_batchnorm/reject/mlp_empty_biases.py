# fails: mlp
# The biases start as whatever the memory held before, which is not always 0.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.W1 = nn.Parameter(torch.eye(input_size, hidden_size))
        self.b1 = nn.Parameter(torch.empty(hidden_size))
        self.W2 = nn.Parameter(torch.eye(hidden_size, output_size))
        self.b2 = nn.Parameter(torch.empty(output_size))

    def forward(self, x):
        return (x @ self.W1 + self.b1).relu() @ self.W2 + self.b2
