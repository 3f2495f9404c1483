# fails: frames
# The first prediction, then the last one again and again.

# %% frames
def training_frames(X, y):
    film = train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
    return torch.cat([film[:1], film[-1:].expand(30, -1, -1)])

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
