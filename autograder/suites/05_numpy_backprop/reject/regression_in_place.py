# fails: regression
# One mistake: W1 and W2 themselves are multiplied by reg.

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
    W1 *= reg
    W2 *= reg
    return Xb.T @ d_Z + W1, Ab.T @ d_out + W2
