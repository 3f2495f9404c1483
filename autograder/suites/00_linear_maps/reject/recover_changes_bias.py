# fails: recover
# One mistake: the bias is set to 0 to see what the matrix does alone, and stays so.
# %% recover
import math


def recover(layer):
    move = layer.bias.tolist()
    with torch.no_grad():
        layer.bias.zero_()
        one = layer(torch.tensor([[1.0, 0.0]]).to(layer.weight))[0]
    return math.degrees(math.atan2(-one[1], one[0])), move
