# fails: animation
# The figure as a page of HTML.

# %% animation
figure = animate_training(training_frames(X, y), y).to_html(include_plotlyjs=False)
