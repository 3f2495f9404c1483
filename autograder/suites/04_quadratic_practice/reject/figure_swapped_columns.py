# fails: animation
# The target is drawn with its columns exchanged.

# %% animation
figure = animate_training(training_frames(X, y), y.flip(1))
