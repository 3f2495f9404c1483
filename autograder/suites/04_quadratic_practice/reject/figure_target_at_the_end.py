# fails: animation
# The target appears with the last frame.

# %% animation
import plotly.graph_objects as go

film = training_frames(X, y).numpy()
goal = go.Scatter(x=y[:, 0].numpy(), y=y[:, 1].numpy(), mode="markers", name="target")
dots = [go.Scatter(x=points[:, 0], y=points[:, 1], mode="markers", name="prediction") for points in film]
play = [{"type": "buttons", "buttons": [{"label": "Play", "method": "animate", "args": [None]}]}]

steps = [{"label": str(k), "method": "animate", "args": [[str(k)]]} for k in range(len(film))]
frames = [go.Frame(name=str(k), data=[dot], traces=[1]) for k, dot in enumerate(dots)]
frames[-1] = go.Frame(name=frames[-1].name, data=[dots[-1], goal], traces=[1, 0])
figure = go.Figure([dots[0], dots[0]], {"updatemenus": play, "sliders": [{"steps": steps}]}, frames)
