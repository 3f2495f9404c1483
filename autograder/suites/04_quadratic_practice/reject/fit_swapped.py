# fails: fit
# X is learned from y.

# %% fit
def fit(X, y):
    return train_model(make_model(), y, X, lr=0.01, epochs=500, progress=False).model
