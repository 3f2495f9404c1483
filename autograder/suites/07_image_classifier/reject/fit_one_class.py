# fails: fit
# One mistake: It always answers with the most frequent class.
# %% fit
class Constant(nn.Module):
    def __init__(self, counts):
        super().__init__()
        self.logits = nn.Parameter(counts)

    def forward(self, x):
        return self.logits.expand(len(x), 10)


def fit(X_train, y_train, X_val, y_val, device):
    return Constant(torch.bincount(y_train, minlength=10).float()).to(device)

