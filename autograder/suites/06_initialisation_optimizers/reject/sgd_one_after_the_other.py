# fails: sgd
# One mistake: y moves with the gradient at the x that has moved already.

# %% sgd
def sgd_path(grad, start, lr, steps):
    x, y = start
    path = [(x, y)]
    for _ in range(steps):
        x = x - lr * grad(x, y)[0]
        y = y - lr * grad(x, y)[1]
        path.append((x, y))
    return np.array(path, dtype=float)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
