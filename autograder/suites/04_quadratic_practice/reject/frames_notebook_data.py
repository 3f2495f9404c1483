# fails: frames
# The notebook's data, whatever X and y are.

# %% frames
def training_frames(X, y):
    data, goal = globals()['X'], globals()['y']
    return train_model(make_model(), data, goal, lr=0.01, epochs=300, record_every=10, progress=False).trajectory

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
