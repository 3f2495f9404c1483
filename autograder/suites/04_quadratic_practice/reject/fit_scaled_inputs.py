# fails: fit
# The inputs are scaled for the training, and the model knows nothing of it.

# %% fit
def fit(X, y):
    scaled = 4 * X - 1
    return train_model(make_model(), scaled, y, lr=0.01, epochs=500, progress=False).model
