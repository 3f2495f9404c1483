# fails: regression
# One mistake: the gradient is that of the sum of squares, without 1/n.

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
    d_out = 2 * (Ab @ W2 - y)
    d_Z = d_out @ W2[1:].T * (Z > 0)
    return Xb.T @ d_Z + reg * W1, Ab.T @ d_out + reg * W2
