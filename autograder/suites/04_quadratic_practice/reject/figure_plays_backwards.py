# fails: animation
# The play button names the frames from the last one to the first.

# %% animation
figure = animate_training(training_frames(X, y), y)
for menu in figure.layout.updatemenus:
    for button in menu.buttons:
        if button.args[0] is None:
            button.args = [[frame.name for frame in figure.frames][::-1], {}]
