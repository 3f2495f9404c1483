# fails: sgd
# One mistake: The path holds as many points as there are steps, so the last step is missing.

# %% sgd
def sgd_path(grad, start, lr, steps):
    path = np.zeros((max(steps, 1), 2))
    path[0] = start
    for t in range(1, steps):
        path[t] = path[t - 1] - lr * np.array(grad(*path[t - 1]))
    return path


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
