# fails: model
# The same module at each call.

# %% model
the_model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))


def make_model():
    return the_model

# %% fit
def fit(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, progress=False).model

# %% frames
def training_frames(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
