# rest: solution
# cells of the student's own use the tasks' names again for other things

# %% after:sgd
x, y = np.meshgrid(np.linspace(-1, 4, 5), np.linspace(-1, 2, 5))
beale = (1.5 - x + x * y) ** 2
sgd_path = np.zeros((3, 2))

# %% after:reach_minimum
choice = {"optimizer": "sgd", "lr": 1e-3}
