# fails: make_classifier
# One mistake: A whole image is dropped at once.
# %% make_classifier
class Rows(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand(len(x), 1, device=x.device) >= self.p) / (1 - self.p)


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    """A new module from images (n, height, width) or (n, n_features) to logits (n, n_classes)."""
    layers, size = [nn.Flatten()], n_features
    for width in hidden_dims:
        layers.append(nn.Linear(size, width))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        if dropout > 0:
            layers.append(Rows(dropout))
        size = width
    return nn.Sequential(*layers, nn.Linear(size, n_classes))
