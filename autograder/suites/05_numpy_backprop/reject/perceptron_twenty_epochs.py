# fails: perceptron
# One mistake: after 20 epochs the training ends, whatever max_epochs is.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(min(max_epochs, 20)):
        before = mistakes
        for row, label in zip(X, y, strict=True):
            error = label - (row @ w + b > 0)
            if error != 0:
                w, b, mistakes = w + error * row, b + error, mistakes + 1
        if mistakes == before:
            break
    return w, b, mistakes


def perceptron_predict(X, w, b):
    return (X @ w + b > 0).astype(int)
