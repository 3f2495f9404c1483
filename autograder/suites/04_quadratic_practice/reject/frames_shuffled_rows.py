# fails: frames
# The points of each frame in an order of their own.

# %% frames
def training_frames(X, y):
    return torch.stack([frame[torch.randperm(len(frame))] for frame in train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory])

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
