# fails: animation
# Only the first coordinate of the predictions is in the frames: plotly.js leaves the second where it was.

# %% animation
figure = animate_training(training_frames(X, y), y)
for frame in figure.frames:
    for trace in frame.data:
        trace.y = None
