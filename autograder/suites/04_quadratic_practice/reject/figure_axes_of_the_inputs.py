# fails: animation
# The axes show the range of X, in which most of the target does not lie.

# %% animation
import pandas as pd
import plotly.express as px

rows = pd.concat(
    pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "step": step})
    for step, points in enumerate(training_frames(X, y).numpy())
)
figure = px.scatter(
    rows, x="x", y="y", animation_frame="step", range_x=[-1, 1], range_y=[-1, 1]
)
figure.add_scatter(x=y[:, 0], y=y[:, 1], mode="markers", name="target")
