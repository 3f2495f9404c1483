# fails: fit
# The model is trained, and returned, in float64.

# %% fit
def fit(X, y):
    return train_model(make_model().double(), X.double(), y.double(), lr=0.01, epochs=500, progress=False).model
