# fails: make_classifier
# One mistake: The mask is drawn from the same seed each time.
# %% make_classifier
class Seeded(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        draw = torch.rand(x.shape, generator=torch.Generator().manual_seed(0)).to(x.device)
        return x * (draw >= self.p) / (1 - self.p)


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    """A new module from images (n, height, width) or (n, n_features) to logits (n, n_classes)."""
    layers, size = [nn.Flatten()], n_features
    for width in hidden_dims:
        layers.append(nn.Linear(size, width))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        if dropout > 0:
            layers.append(Seeded(dropout))
        size = width
    return nn.Sequential(*layers, nn.Linear(size, n_classes))
