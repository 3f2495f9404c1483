# fails: frames
# The model is never trained: all frames are equal.

# %% frames
def training_frames(X, y):
    with torch.no_grad():
        first = make_model()(X)
    return first.repeat(25, 1, 1)

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
