# fails: model
# A function comes back, which has no parameters.

# %% model
def make_model():
    net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
    return lambda X: net(X)

# %% fit
def fit(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=800, progress=False).model

# %% frames
def training_frames(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=800, record_every=16, progress=False).trajectory
