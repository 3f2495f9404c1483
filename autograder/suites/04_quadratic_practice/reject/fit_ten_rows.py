# fails: fit
# Ten rows are learned by heart.

# %% fit
def fit(X, y):
    return train_model(make_model(), X[:10], y[:10], lr=0.01, epochs=500, progress=False).model
