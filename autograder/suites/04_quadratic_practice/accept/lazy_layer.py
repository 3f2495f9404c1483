# rest: solution
# the first layer learns its size from the first batch

# %% model
def make_model():
    return nn.Sequential(nn.LazyLinear(32), nn.ReLU(), nn.Linear(32, 2))
