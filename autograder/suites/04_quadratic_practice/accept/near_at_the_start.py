# rest: solution
# A seed of one's own, with which the untrained network has all its points near a part of the target.

# %% model
def make_model():
    torch.manual_seed(24)
    return torch.nn.Sequential(torch.nn.Linear(2, 40), torch.nn.ReLU(), torch.nn.Linear(40, 2))

# %% fit
def fit(X, y, steps=400, seen=None):
    model = make_model().to(X.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(steps + 1):
        predicted = model(X)
        if seen is not None and step % 20 == 0:
            seen.append(predicted.detach())
        if step < steps:
            optimizer.zero_grad()
            (predicted - y).square().mean().backward()
            optimizer.step()
    return model

# %% frames
def training_frames(X, y):
    seen = []
    fit(X, y, seen=seen)
    return torch.stack(seen)
