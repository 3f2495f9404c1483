# fails: fit
# All weights begin at zero, where no gradient tells the hidden units apart.

# %% fit
def fit(X, y):
    model = make_model()
    for p in model.parameters():
        nn.init.zeros_(p)
    return train_model(model, X, y, lr=0.01, epochs=500, progress=False).model
