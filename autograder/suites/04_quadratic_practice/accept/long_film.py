# rest: solution
# a film of 201 frames with both clouds in each, as plain lists: 8 MB

# %% animation
import plotly.graph_objects as go


def cloud(points, name):
    return go.Scatter(x=points[:, 0].tolist(), y=points[:, 1].tolist(), mode="markers", name=name)


_model = make_model()
_optimizer = torch.optim.Adam(_model.parameters(), lr=0.01)
_steps = []
for _ in range(201):
    _prediction = _model(X)
    _steps.append(_prediction.detach())
    _optimizer.zero_grad()
    nn.functional.mse_loss(_prediction, y).backward()
    _optimizer.step()
figure = go.Figure(
    data=[cloud(y, "target"), cloud(_steps[0], "prediction")],
    frames=[go.Frame(name=str(i), data=[cloud(y, "target"), cloud(step, "prediction")]) for i, step in enumerate(_steps)],
)
figure.update_layout(
    updatemenus=[{"type": "buttons", "buttons": [{"label": "Play", "method": "animate", "args": [None, {"frame": {"duration": 40, "redraw": False}}]}]}],
    sliders=[{"steps": [{"label": str(i), "method": "animate", "args": [[str(i)], {"mode": "immediate"}]} for i in range(len(_steps))]}],
)
