# fails: predict
# One mistake: the layer of the notebook takes the place of the arguments.
# %% predict
def predict(X, w, b):
    return moving(X)
