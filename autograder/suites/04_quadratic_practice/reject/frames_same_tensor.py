# fails: frames
# One tensor, overwritten at each step and listed again and again.

# %% frames
def training_frames(X, y):
    model, shown, frames = make_model(), torch.empty_like(y), []
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(400):
        prediction = model(X)
        shown.copy_(prediction.detach())
        if step % 16 == 0:
            frames.append(shown)
        optimizer.zero_grad()
        ((prediction - y) ** 2).mean().backward()
        optimizer.step()
    return torch.stack(frames)

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
