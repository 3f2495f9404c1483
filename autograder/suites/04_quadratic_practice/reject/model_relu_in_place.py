# fails: model
# An in-place ReLU acts on the input itself.

# %% model
def make_model():
    return nn.Sequential(nn.ReLU(inplace=True), nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))

# %% fit
def fit(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=800, progress=False).model

# %% frames
def training_frames(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=800, record_every=16, progress=False).trajectory
