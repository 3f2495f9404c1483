# fails: model
# A softmax over the rows: each point depends on all others.

# %% model
def make_model():
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2), nn.Softmax(dim=0))

# %% fit
def fit(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, progress=False).model

# %% frames
def training_frames(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
