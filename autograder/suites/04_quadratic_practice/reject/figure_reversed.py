# fails: animation
# The film runs backwards.

# %% animation
figure = animate_training(training_frames(X, y).flip(0), y)
