# fails: animation
# The predictions have their second column across and their first upwards; y has not.

# %% animation
figure = animate_training(training_frames(X, y)[:, :, [1, 0]], y)
