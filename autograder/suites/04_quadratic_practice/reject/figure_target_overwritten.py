# fails: animation
# The frames put the predictions in the place of the target.

# %% animation
import plotly.graph_objects as go

film = training_frames(X, y).numpy()
goal = go.Scatter(x=y[:, 0].numpy(), y=y[:, 1].numpy(), mode="markers", name="target")
dots = [go.Scatter(x=points[:, 0], y=points[:, 1], mode="markers", name="prediction") for points in film]
play = [{"type": "buttons", "buttons": [{"label": "Play", "method": "animate", "args": [None]}]}]

steps = [{"label": str(k), "method": "animate", "args": [[str(k)]]} for k in range(len(film))]
frames = [go.Frame(name=str(k), data=[dot]) for k, dot in enumerate(dots)]
figure = go.Figure([goal, dots[0]], {"updatemenus": play, "sliders": [{"steps": steps}]}, frames)
