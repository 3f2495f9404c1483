# fails: frames
# Recording ends after a few steps.

# %% frames
def training_frames(X, y):
    return train_model(make_model(), X, y, lr=0.002, epochs=60, record_every=1, progress=False).trajectory[:20]

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
