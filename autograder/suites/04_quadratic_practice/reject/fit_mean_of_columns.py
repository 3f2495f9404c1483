# fails: fit
# Both outputs learn the mean of the two columns.

# %% fit
def fit(X, y):
    return train_model(make_model(), X, y.mean(dim=1, keepdim=True).expand_as(y).clone(), lr=0.01, epochs=500, progress=False).model
