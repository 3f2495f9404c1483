# fails: fit
# Trained on the target of the formula, whatever y is.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, target(X), lr=0.01, epochs=500, progress=False).model
