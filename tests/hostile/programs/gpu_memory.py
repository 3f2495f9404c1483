# threat: 28
# needs: cuda
# fails: best_linear
# Takes the memory of the GPU, 4 GiB at most, and keeps it.

# %% best_linear
held = [torch.zeros(2**28, dtype=torch.uint8, device="cuda") for _ in range(16)]


def best_linear_map(x, y):
    return torch.zeros(y.shape[1], x.shape[1]).to(x)
