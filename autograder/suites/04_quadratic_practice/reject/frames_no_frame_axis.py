# fails: frames
# The last prediction, with no axis for the frames.

# %% frames
def training_frames(X, y):
    return train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False).trajectory[-1]

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
