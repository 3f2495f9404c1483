# fails: fit
# The second half of the rows is never seen.

# %% fit
def fit(X, y):
    half = len(X) // 2
    return train_model(make_model(), X[:half], y[:half], lr=0.01, epochs=500, progress=False).model
