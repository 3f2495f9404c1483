# fails: frames
# The notebook's data, whatever X and y are.

# %% frames
def training_frames(X, y):
    data, goal = globals()['X'], globals()['y']
    return train_model(make_model(), data, goal, lr=0.01, epochs=400, record_every=16, progress=False).trajectory

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
