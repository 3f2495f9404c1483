# fails: fit
# X and y are shuffled, each in its own order.

# %% fit
def fit(X, y):
    return train_model(make_model(), X[torch.randperm(len(X))], y[torch.randperm(len(y))], lr=0.01, epochs=500, progress=False).model
