# fails: local_gradients
# da_dx is not there: backward() was never called.

# %% local_gradients
dz_dx = w
da_dx = x.clone().requires_grad_().grad
