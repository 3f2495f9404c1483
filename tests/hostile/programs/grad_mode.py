# threat: 8
# fails: w2_abs
# hint: wrong values
# Switches gradients off for whoever comes after it, and inference mode on.

# %% w2_abs
torch.set_grad_enabled(False)
mode = torch.inference_mode()
mode.__enter__()
mode.__exit__(None, None, None)
torch.autograd.set_detect_anomaly(True)
w2_abs = torch.zeros(1, 2)

# %%
torch.set_grad_enabled(True)
