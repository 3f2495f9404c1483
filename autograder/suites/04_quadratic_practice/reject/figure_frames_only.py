# fails: animation
# The predictions, not a figure of them.

# %% animation
figure = training_frames(X, y)
