# fails: animation
# The points X are drawn as the target.

# %% animation
figure = animate_training(training_frames(X, y), X)
