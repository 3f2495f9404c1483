# fails: predict
# One mistake: a new layer with random numbers is applied in place of w and b.
# %% predict
def predict(X, w, b):
    return nn.Linear(w.shape[1], w.shape[0]).to(X)(X)
