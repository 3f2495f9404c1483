# fails: adaptive
# One mistake: The root of the average is missing.

# %% adaptive
def adagrad_path(grad, start, lr, steps, eps=1e-10):
    """The path (steps + 1, 2) of AdaGrad, the start first."""
    path, total = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        total = total + g**2
        path.append(path[-1] - lr * g / (np.sqrt(total) + eps))
    return np.array(path)


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    """The path (steps + 1, 2) of RMSprop, the start first."""
    path, average = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        average = alpha * average + (1 - alpha) * g**2
        path.append(path[-1] - lr * g / (average + eps))
    return np.array(path)


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    """The path (steps + 1, 2) of Adam, the start first."""
    beta1, beta2 = betas
    path, m, v = [np.array(start, dtype=float)], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        g = np.array(grad(*path[-1]))
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        path.append(path[-1] - lr * m_hat / (np.sqrt(v_hat) + eps))
    return np.array(path)
