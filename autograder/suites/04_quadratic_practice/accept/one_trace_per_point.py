# The target drawn point by point, as an older version of this exercise did; plain gradient descent.

# %% target
def target(X):
    y = torch.zeros_like(X)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            y[i, j] = 2 * X[i, j] + X[i, j] ** 2 + 0.5
    return y

# %% model
def make_model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.1), nn.Linear(64, 2))

# %% fit
def fit(X, y):
    model = make_model().to(X.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    best, kept = float("inf"), None
    for epoch in range(1000):
        loss = (model(X) - y).norm() ** 2 / y.numel()
        if loss.item() < best:
            best, kept = loss.item(), {k: v.clone() for k, v in model.state_dict().items()}
        model.zero_grad()
        loss.backward()
        optimizer.step()
    model.load_state_dict(kept)
    return model

# %% frames
def training_frames(X, y):
    model, outputs = make_model().to(X.device), [X.cpu().numpy()]
    for epoch in range(200):
        prediction = model(X)
        outputs.append(prediction.detach().cpu().numpy().copy())
        model.zero_grad()
        ((prediction - y) ** 2).mean().backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.2 * p.grad
    return torch.tensor([output.tolist() for output in outputs])

# %% animation
import plotly.graph_objects as go

outputs = training_frames(X, y)[::4]
figure = go.Figure(
    [go.Scatter(x=outputs[0][:, 0].round(decimals=3), y=outputs[0][:, 1].round(decimals=3), mode="markers")]
    + [go.Scatter(x=[round(a, 3)], y=[round(b, 3)], mode="markers", showlegend=False) for a, b in y.tolist()],
    {
        "updatemenus": [{"buttons": [{"label": "play", "method": "animate", "args": [[str(k) for k in range(len(outputs))]]}]}],
        "sliders": [{"steps": [{"label": k, "method": "animate", "args": [[str(k)], {}]} for k in range(len(outputs))]}],
    },
    [go.Frame(name=str(k), data=[go.Scatter(x=o[:, 0], y=o[:, 1])]) for k, o in enumerate(outputs)],
)
