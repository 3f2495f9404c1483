# fails: make_classifier
# One mistake: Pixels are divided by 255 once more.
# %% make_classifier
class Pixels(nn.Module):
    def forward(self, x):
        return x.flatten(1) / 255


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    """A new module from images (n, height, width) or (n, n_features) to logits (n, n_classes)."""
    layers, size = [Pixels()], n_features
    for width in hidden_dims:
        layers.append(nn.Linear(size, width))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
        size = width
    return nn.Sequential(*layers, nn.Linear(size, n_classes))
