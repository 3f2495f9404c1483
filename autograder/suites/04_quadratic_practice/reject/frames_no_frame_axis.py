# fails: frames
# The last prediction, with no axis for the frames.

# %% frames
def training_frames(X, y):
    return train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory[-1]

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
