# fails: fit
# One mistake: fit trains for three steps only; training_frames ends with what fit makes.

# %% fit
def fit(X, y):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        (model(X) - y).square().mean().backward()
        optimizer.step()
    return model

# %% frames
def training_frames(X, y):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    frames = []
    for step in range(200):
        output = model(X)
        if step % 10 == 0:
            frames.append(output.detach())
        optimizer.zero_grad()
        (output - y).square().mean().backward()
        optimizer.step()
    return torch.stack([*frames, fit(X, y)(X).detach()])
