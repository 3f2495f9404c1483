# fails: animation
# The slider has two steps only: the beginning and the end.

# %% animation
figure = animate_training(training_frames(X, y), y)
_steps = figure.layout.sliders[0].steps
figure.layout.sliders[0].steps = [_steps[0], _steps[-1]]
