# fails: animation
# Ten frames only.

# %% animation
figure = animate_training(training_frames(X, y)[::6], y)
