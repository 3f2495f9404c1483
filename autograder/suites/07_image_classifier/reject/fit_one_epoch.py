# fails: fit
# One mistake: The training is too short to reach 80 of 100.
# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    """A module on `device`, trained on (n, 28, 28) images with labels from 0 to 9."""
    model = make_classifier(28 * 28, [128], 10, dropout=0.2).to(device)
    batches = DataLoader(TensorDataset(X_train, y_train), batch_size=128, shuffle=True)
    X_val, y_val = X_val.to(device), y_val.to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.0005)
    rule = EarlyStopping(patience=3)
    for _ in range(2):
        train_epoch(model, batches, F.cross_entropy, adam, device)
        with torch.no_grad():
            loss = F.cross_entropy(model.eval()(X_val), y_val).item()
        if rule.step(loss, model):
            break
    rule.restore(model)
    return model.eval()
