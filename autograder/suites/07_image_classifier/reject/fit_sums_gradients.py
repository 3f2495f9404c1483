# fails: fit
# One mistake: Gradients add up, and the rate is large.
# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    """A module on `device`, trained on (n, 28, 28) images with labels from 0 to 9."""
    model = make_classifier(28 * 28, [128], 10).to(device)
    sgd = torch.optim.SGD(model.parameters(), lr=5.0, momentum=0.9)
    for rows in torch.arange(len(X_train)).split(64):
        F.cross_entropy(model(X_train[rows].to(device)), y_train[rows].to(device)).backward()
        sgd.step()
    return model

