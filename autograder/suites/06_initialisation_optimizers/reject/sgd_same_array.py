# fails: sgd
# One mistake: The same array is kept again and again, so every row is the end.

# %% sgd
def sgd_path(grad, start, lr, steps):
    point = np.array(start, dtype=float)
    path = [point]
    for _ in range(steps):
        point -= lr * np.array(grad(*point))
        path.append(point)
    return np.array(path)


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
