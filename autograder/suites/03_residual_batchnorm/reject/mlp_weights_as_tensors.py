# fails: mlp, train_variants
# The weights are tensors, not parameters: nothing to train.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.w1, self.b1 = torch.eye(hidden_size, input_size), torch.zeros(hidden_size)
        self.w2, self.b2 = torch.eye(output_size, hidden_size), torch.zeros(output_size)

    def forward(self, x):
        w1, b1, w2, b2 = (value.to(x) for value in (self.w1, self.b1, self.w2, self.b2))
        return torch.relu(x @ w1.T + b1) @ w2.T + b2
