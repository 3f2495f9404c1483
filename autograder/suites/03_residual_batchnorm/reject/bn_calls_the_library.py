# fails: batch_norm
# F.batch_norm does the work.

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.scale = nn.Parameter(torch.ones(num_features))
        self.shift = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        return nn.functional.batch_norm(
            x, self.running_mean, self.running_var, self.scale, self.shift, self.training, self.momentum, self.eps
        )
