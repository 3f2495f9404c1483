# fails: perceptron
# One mistake: mistakes counts the epochs that have a mistake, not the mistakes.

# %% perceptron
def perceptron_fit(X, y, max_epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before, wrong = mistakes, False
        for row, label in zip(X, y, strict=True):
            error = label - (row @ w + b > 0)
            wrong = wrong or error != 0
            if error != 0:
                w, b = w + error * row, b + error
        mistakes += wrong
        if mistakes == before:
            break
    return w, b, mistakes


def perceptron_predict(X, w, b):
    return (X @ w + b > 0).astype(int)
