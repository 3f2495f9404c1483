# fails: rotation
# One mistake: the minus is on the other sine, and the angle is looked for with that.
# %% rotation
import math


def rotation_matrix(degrees):
    a = math.radians(degrees)
    return torch.tensor([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])

# %% recover
def recover(layer):
    w = layer.weight.detach().float().cpu()
    angles = [a / 2 for a in range(-359, 361)]
    best = min(angles, key=lambda a: float((rotation_matrix(a) - w.T).square().sum()))
    return best, layer.bias.tolist()
