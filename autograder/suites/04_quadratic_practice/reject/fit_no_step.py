# fails: fit
# The optimizer never makes a step.

# %% fit
def fit(X, y):
    model = make_model()
    for _ in range(100):
        ((model(X) - y) ** 2).mean().backward()
    return model
