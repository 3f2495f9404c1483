# A hidden layer that stays random, and the output layer solved by least squares; the film is made with dropout and ELU.

# %% target
def target(X):
    return sum((0.5 * torch.ones_like(X), 2 * X, X.pow(2)))

# %% model
def make_model():
    return nn.Sequential(nn.Linear(2, 80), nn.ELU(), nn.Dropout(0.02), nn.Linear(80, 2))

# %% fit
def fit(X, y):
    model = make_model().to(X.device).eval()
    with torch.no_grad():
        hidden = model[:3](X).double()
        hidden = torch.cat([hidden, torch.ones_like(hidden[:, :1])], dim=1)
        gram = hidden.T @ hidden + 1e-4 * torch.eye(81, device=X.device)
        solved = torch.linalg.solve(gram, hidden.T @ y.double()).float()
        model[3].weight.copy_(solved[:80].T)
        model[3].bias.copy_(solved[80])
    return model

# %% frames
def training_frames(X, y):
    model = make_model().to(X.device)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.003)
    frames = torch.empty(26, *y.shape)
    for step in range(251):
        if step % 10 == 0:
            model.eval()
            frames[step // 10] = model(X).detach()
            model.train()
        loss = torch.mean((model(X) - y) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return frames

# %% animation
figure = compare_training({"one": training_frames(X, y), "two": training_frames(X, y)}, y)
