# Mini-batches from a DataLoader, AdamW with one cycle, two hidden layers; colours tell target and prediction in each frame.

# %% target
def target(X):
    a, b, c = 1.0, 2.0, 0.5
    return (a * X + b) * X + c

# %% model
def make_model(sizes=(2, 24, 24, 2)):
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.SiLU()]
    return nn.Sequential(*layers[:-1])

# %% fit
from torch.utils.data import DataLoader, TensorDataset


def epochs(model, X, y, count=30):
    loader = DataLoader(TensorDataset(X, y), batch_size=50, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.03, epochs=count, steps_per_epoch=len(loader))
    for _ in range(count):
        yield model
        for a, b in loader:
            optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(model(a), b).backward()
            optimizer.step()
            schedule.step()
    yield model


def fit(X, y):
    *_, model = epochs(make_model().to(X.device), X, y)
    return model

# %% frames
@torch.no_grad()
def predicted(model, X):
    return model(X)


def training_frames(X, y):
    return torch.stack([predicted(model, X) for model in epochs(make_model().to(X.device), X, y)]).cpu()

# %% animation
import pandas as pd
import plotly.express as px

rows = pd.concat(
    pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "what": what, "epoch": epoch})
    for epoch, frame in enumerate(training_frames(X, y))
    for what, points in (("prediction", frame.numpy()), ("target", y.numpy()))
)
figure = px.scatter(rows, x="x", y="y", color="what", animation_frame="epoch")
