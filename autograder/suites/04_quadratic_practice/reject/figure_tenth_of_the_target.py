# fails: animation
# Every tenth point of the target.

# %% animation
import pandas as pd
import plotly.express as px

rows = pd.concat(
    pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "step": step})
    for step, points in enumerate(training_frames(X, y).numpy())
)
figure = px.scatter(rows, x="x", y="y", animation_frame="step")
figure.add_scatter(x=y[::10, 0], y=y[::10, 1], mode="markers", name="target")
