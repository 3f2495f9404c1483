# fails: animation
# The predictions move, and nobody sees where to.

# %% animation
import pandas as pd
import plotly.express as px

rows = pd.concat(
    pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "step": step})
    for step, points in enumerate(training_frames(X, y).numpy())
)
figure = px.scatter(rows, x="x", y="y", animation_frame="step")
