# fails: frames
# Recording begins when half of the training is over.

# %% frames
def training_frames(X, y):
    return train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=5, progress=False).trajectory[50:]

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
