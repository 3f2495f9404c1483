# fails: sgd
# One mistake: The start is missing: the first row is the point after one step.

# %% sgd
def sgd_path(grad, start, lr, steps):
    point, path = np.array(start, dtype=float), np.zeros((steps, 2))
    for t in range(steps):
        point = point - lr * np.array(grad(*point))
        path[t] = point
    return path


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
