# fails: animation
# The function, not the figure.

# %% animation
figure = animate_training
