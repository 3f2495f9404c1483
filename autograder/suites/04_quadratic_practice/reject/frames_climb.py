# fails: frames
# A model that diverges, frame by frame.

# %% frames
def training_frames(X, y):
    model, frames = make_model(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(40):
        prediction = model(X)
        frames.append(prediction.detach())
        optimizer.zero_grad()
        (-((prediction - y) ** 2).mean()).backward()
        optimizer.step()
    return torch.stack(frames)

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
