# fails: fit
# One mistake: The module expects a channel that the images don't have.
# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    """A module on `device`, trained on (n, 28, 28) images with labels from 0 to 9."""
    model = nn.Sequential(nn.Conv2d(1, 4, 5, stride=4), nn.Flatten(), nn.Linear(144, 10)).to(device)
    batches = DataLoader(TensorDataset(X_train[:, None], y_train), batch_size=128, shuffle=True)
    X_val, y_val = X_val[:, None].to(device), y_val.to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.002)
    rule = EarlyStopping(patience=3)
    for _ in range(1):
        train_epoch(model, batches, F.cross_entropy, adam, device)
        with torch.no_grad():
            loss = F.cross_entropy(model.eval()(X_val), y_val).item()
        if rule.step(loss, model):
            break
    rule.restore(model)
    return model.eval()
