# fails: regression
# One mistake: the regularisation is forgotten.

# %% regression
def numeric_gradient(f, array, h=1e-6):
    slopes = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        start = array[place]
        array[place] = start + h
        above = f()
        array[place] = start - h
        below = f()
        slopes[place] = (above - below) / (2 * h)
        array[place] = start
    return slopes


def regression_gradients(X, y, W1, W2, reg):
    ones = np.ones((len(X), 1))
    Xb = np.hstack([ones, X])
    Z = Xb @ W1
    Ab = np.hstack([ones, np.maximum(Z, 0)])
    d_out = 2 / len(X) * (Ab @ W2 - y)
    d_Z = d_out @ W2[1:].T * (Z > 0)
    return Xb.T @ d_Z, Ab.T @ d_out
