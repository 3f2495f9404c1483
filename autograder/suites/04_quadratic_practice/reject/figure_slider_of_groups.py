# fails: animation
# The steps of the slider name their frame without a list: plotly.js takes such a text as the name of a group of frames.

# %% animation
figure = animate_training(training_frames(X, y), y)
for step in figure.layout.sliders[0].steps:
    step.args = [step.args[0][0], step.args[1]]
