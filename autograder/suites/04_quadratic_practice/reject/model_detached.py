# fails: model
# The output is cut from the graph.

# %% model
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return self.layers(x).detach()


def make_model():
    return Net()

# %% fit
def fit(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, progress=False).model

# %% frames
def training_frames(X, y):
    return train_model(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
