# fails: fit
# The formula itself, with a parameter that is never trained.

# %% fit
class Formula(nn.Module):
    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return target(x) + 0 * self.unused


def fit(X, y):
    return Formula()
