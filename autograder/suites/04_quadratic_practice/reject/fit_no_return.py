# fails: fit
# The trained model is not returned.

# %% fit
def fit(X, y):
    train_model(make_model(), X, y, lr=0.01, epochs=300, progress=False)
