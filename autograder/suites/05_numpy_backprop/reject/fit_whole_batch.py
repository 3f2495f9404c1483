# fails: perceptron
# One mistake: all rows that are wrong are added at once, instead of one after the other.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = mistakes
        errors = y - (X @ w + b > 0)
        w, b = w + errors @ X, b + errors.sum()
        mistakes += int(np.abs(errors).sum())
        if mistakes == before:
            break
    return w, b, mistakes


def perceptron_predict(X, w, b):
    return (X @ w + b > 0).astype(int)
