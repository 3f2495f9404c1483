# fails: predict
# One mistake: a ReLU is applied to the result.
# %% predict
def predict(X, w, b):
    return torch.relu(X @ w.T + b)
