# fails: mlp
# The weights start as identity, the biases as nn.Linear draws them.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.last = identity_linear(hidden_size, output_size)
        for layer in (self.first, self.last):
            layer.bias = nn.Linear(layer.in_features, layer.out_features).bias

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))
