# fails: recover
# One mistake: the quotient of sine and cosine does not tell opposite turns apart.
# %% recover
import math


def recover(layer):
    w = layer.weight.detach()
    return torch.rad2deg(torch.atan(w[0, 1] / w[0, 0])).item(), layer.bias.tolist()
