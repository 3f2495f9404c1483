# fails: sgd
# One mistake: It stops where the steps become small, so the path is too short.

# %% sgd
def sgd_path(grad, start, lr, steps):
    """The path (steps + 1, 2) of gradient descent, the start first."""
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        if len(path) > 1 and np.abs(path[-1] - path[-2]).max() < 1e-3:
            break
        path.append(path[-1] - lr * np.array(grad(*path[-1])))
    return np.array(path)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
