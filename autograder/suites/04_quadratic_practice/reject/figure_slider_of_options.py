# fails: animation
# The steps of the slider have their options where the frame should be named.

# %% animation
figure = animate_training(training_frames(X, y), y)
for step in figure.layout.sliders[0].steps:
    step.args = [step.args[1], step.args[0]]
