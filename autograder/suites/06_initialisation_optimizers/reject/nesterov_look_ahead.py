# fails: sgd
# One mistake: The gradient is taken at the point ahead and the path shows the points behind it, which is another path than torch's.

# %% sgd
def sgd_path(grad, start, lr, steps):
    """The path (steps + 1, 2) of gradient descent, the start first."""
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * np.array(grad(*path[-1])))
    return np.array(path)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        place = path[-1] - lr * momentum * velocity if nesterov else path[-1]
        velocity = momentum * velocity + np.array(grad(*place))
        path.append(path[-1] - lr * velocity)
    return np.array(path)
