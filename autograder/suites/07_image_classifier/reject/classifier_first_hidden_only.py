# fails: make_classifier
# One mistake: Only the first hidden layer is made.
# %% make_classifier
def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    """A new module from images (n, height, width) or (n, n_features) to logits (n, n_classes)."""
    layers, size = [nn.Flatten()], n_features
    for width in list(hidden_dims)[:1]:
        layers.append(nn.Linear(size, width))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
        size = width
    return nn.Sequential(*layers, nn.Linear(size, n_classes))
