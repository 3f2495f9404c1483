# fails: mlp
# The layers are in a plain list, which nn.Module does not look into.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.layers = [identity_linear(input_size, hidden_size), identity_linear(hidden_size, output_size)]

    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))
