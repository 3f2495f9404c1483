# fails: sgd
# One mistake: From a start of whole numbers the path is kept in whole numbers.

# %% sgd
def sgd_path(grad, start, lr, steps):
    path = np.array([start] * (steps + 1))
    for t in range(steps):
        path[t + 1] = path[t] - lr * np.array(grad(*path[t]))
    return path


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
