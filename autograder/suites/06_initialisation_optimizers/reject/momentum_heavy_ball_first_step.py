# fails: sgd
# One mistake: The first step is taken twice: the velocity begins as the first gradient, to which it is added again.

# %% sgd
def sgd_path(grad, start, lr, steps):
    """The path (steps + 1, 2) of gradient descent, the start first."""
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * np.array(grad(*path[-1])))
    return np.array(path)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    path = [np.array(start, dtype=float)]
    velocity = np.array(grad(*start), dtype=float)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
