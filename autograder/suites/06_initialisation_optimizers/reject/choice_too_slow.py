# fails: reach_minimum
# One mistake: AdaGrad with this rate is too slow.

# %% reach_minimum
choice = {"optimizer": "adagrad", "lr": 0.4}
