# fails: fit
# The whole record of the training is returned.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y, lr=0.01, epochs=300, progress=False)
