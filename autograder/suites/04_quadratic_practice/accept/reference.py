# The library's training and animation, as the notebook does it.

# %% target
def target(X):
    return 2 * X + X**2 + 0.5

# %% model
def make_model():
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))

# %% fit
def fit(X, y):
    return train_model(make_model().to(X.device), X, y, lr=0.01, epochs=500, progress=False).model

# %% frames
def training_frames(X, y):
    run = train_model(make_model().to(X.device), X, y, lr=0.01, epochs=500, record_every=10, progress=False)
    return run.trajectory

# %% animation
figure = animate_training(training_frames(X, y), y, title="A curve, learned")
