# fails: mlp
# A plain class with a __call__.

# %% mlp
class MLP:
    def __init__(self, input_size, hidden_size, output_size):
        self.first = identity_linear(input_size, hidden_size)
        self.last = identity_linear(hidden_size, output_size)

    def __call__(self, x):
        return self.last(torch.relu(self.first(x)))

    def parameters(self):
        return [*self.first.parameters(), *self.last.parameters()]

    def to(self, *args, **kwargs):
        self.first.to(*args, **kwargs), self.last.to(*args, **kwargs)
        return self
