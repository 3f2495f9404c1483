# fails: recover
# One mistake: points in float32 are sent through the layer, which fails for float64.
# %% recover
import math


def recover(layer):
    with torch.no_grad():
        here, there = layer(torch.tensor([[0.0, 0.0], [1.0, 0.0]]))
    one = there - here
    return math.degrees(math.atan2(-one[1], one[0])), here.tolist()
