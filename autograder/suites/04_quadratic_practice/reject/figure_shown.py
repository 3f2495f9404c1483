# fails: animation
# The figure is shown, and None kept.

# %% animation
figure = animate_training(training_frames(X, y), y).show(renderer="json")
