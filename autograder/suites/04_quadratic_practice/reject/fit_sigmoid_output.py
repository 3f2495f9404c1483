# fails: fit
# A sigmoid on the output: everything lies between 0 and 1.

# %% fit
def fit(X, y):
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2), nn.Sigmoid())
    return train_model(model, X, y, lr=0.01, epochs=500, progress=False).model
