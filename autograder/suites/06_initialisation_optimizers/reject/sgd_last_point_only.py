# fails: sgd
# One mistake: Only the last point is returned.

# %% sgd
def sgd_path(grad, start, lr, steps):
    point = np.array(start, dtype=float)
    for _ in range(steps):
        point = point - lr * np.array(grad(*point))
    return point


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
