# fails: frames
# The frames are not returned.

# %% frames
def training_frames(X, y):
    film = train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False).trajectory

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
