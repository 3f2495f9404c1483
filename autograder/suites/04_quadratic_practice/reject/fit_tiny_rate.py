# fails: fit
# The rate is so small that nothing moves.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y, lr=1e-5, epochs=500, progress=False).model
