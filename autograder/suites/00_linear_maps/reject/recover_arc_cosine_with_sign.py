# fails: recover
# One mistake: the arc cosine has no answer above 1 and is rough near it.
# %% recover
import math


def recover(layer):
    w = layer.weight.detach()
    angle = torch.rad2deg(torch.acos(w[0, 0])) * torch.where(w[0, 1] < 0, -1, 1)
    return angle.item(), layer.bias.tolist()
