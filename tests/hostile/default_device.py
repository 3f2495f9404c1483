# threat: 8
# fails: w2_abs, sign_scale
# outcome: error
# Tensors without values, by default: nothing that they are compared with could differ. They never arrive.

# %% end
torch.set_default_device("meta")
w2_abs = torch.ones(1, 2)
