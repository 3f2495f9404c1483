# fails: fit
# One mistake: The nearest mean image of a class decides, which does not reach 70 of 100.
# %% fit
class Nearest(nn.Module):
    def __init__(self, means):
        super().__init__()
        self.means = nn.Parameter(means)

    def forward(self, x):
        return -torch.cdist(x.flatten(1), self.means)


def fit(X_train, y_train, X_val, y_val, device):
    means = torch.stack([X_train[y_train == k].mean(dim=0).flatten() for k in range(10)])
    return Nearest(means).to(device)

