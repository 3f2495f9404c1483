# fails: animation
# Every frame shows the last prediction.

# %% animation
figure = animate_training(training_frames(X, y)[-1:].expand(30, -1, -1), y)
