# fails: fit
# One linear layer: no training bends it.

# %% fit
def fit(X, y):
    return train_model(nn.Linear(2, 2), X, y, lr=0.05, epochs=500, progress=False).model
