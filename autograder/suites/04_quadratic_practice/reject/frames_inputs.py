# fails: frames
# The inputs, again and again.

# %% frames
def training_frames(X, y):
    return X.repeat(25, 1, 1)

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
