# fails: animation
# The last prediction and the target, without frames.

# %% animation
import plotly.graph_objects as go

last = training_frames(X, y)[-1]
figure = go.Figure([
    go.Scatter(x=y[:, 0], y=y[:, 1], mode="markers"),
    go.Scatter(x=last[:, 0], y=last[:, 1], mode="markers"),
])
