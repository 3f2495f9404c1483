# A residual network with batch normalisation, a trainer class, and graph objects.

# %% target
class Target:
    def __call__(self, X):
        return X.square().add(X, alpha=2).add(0.5)


target = Target()

# %% model
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return self.norm(x + self.branch(x))


class ResidualNet(nn.Module):
    def __init__(self, width=12, blocks=2):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, width), *(Block(width) for _ in range(blocks)), nn.Linear(width, 2))

    def forward(self, x):
        return self.layers(x)


make_model = ResidualNet

# %% fit
class Trainer:
    def __init__(self, model, steps=400, lr=0.02):
        self.model, self.steps = model, steps
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, steps)

    def run(self, X, y):
        self.model.train()
        for step in range(self.steps):
            yield step
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self.model(X), y).backward()
            self.optimizer.step()
            self.schedule.step()
        yield self.steps

    def predict(self, X):
        self.model.eval()
        with torch.no_grad():
            prediction = self.model(X)
        self.model.train()
        return prediction


def fit(X, y):
    trainer = Trainer(make_model().to(X.device))
    for _ in trainer.run(X, y):
        pass
    return trainer.model

# %% frames
def training_frames(X, y):
    trainer = Trainer(make_model().to(X.device))
    return torch.stack([trainer.predict(X) for step in trainer.run(X, y) if step % 10 == 0])

# %% animation
import plotly.graph_objects as go

film = training_frames(X, y)
names = [str(10 * number) for number in range(len(film))]
figure = go.Figure(
    data=[
        go.Scatter(x=y[:, 0], y=y[:, 1], mode="markers", name="target"),
        go.Scatter(x=film[0, :, 0], y=film[0, :, 1], mode="markers", name="prediction"),
    ],
    frames=[
        go.Frame(name=name, traces=[1], data=[go.Scatter(x=points[:, 0], y=points[:, 1])])
        for name, points in zip(names, film)
    ],
)
figure.update_layout(
    updatemenus=[dict(type="buttons", buttons=[
        dict(label="Play", method="animate", args=[None, dict(frame=dict(duration=50))]),
        dict(label="Pause", method="animate", args=[[None], dict(mode="immediate")]),
    ])],
    sliders=[dict(steps=[dict(label=name, method="animate", args=[[name], dict(mode="immediate")]) for name in names])],
)
