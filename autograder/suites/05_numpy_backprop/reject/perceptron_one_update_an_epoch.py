# fails: perceptron
# One mistake: an epoch ends after its first update.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = mistakes
        for row, label in zip(X, y, strict=True):
            error = label - (row @ w + b > 0)
            if error != 0:
                w, b, mistakes = w + error * row, b + error, mistakes + 1
                break
        if mistakes == before:
            break
    return w, b, mistakes


def perceptron_predict(X, w, b):
    return (X @ w + b > 0).astype(int)
