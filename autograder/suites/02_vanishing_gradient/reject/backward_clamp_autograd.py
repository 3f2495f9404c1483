# fails: neuron_backward
# Autograd through clamp, which passes the gradient at exactly 0.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    leaves = [value.detach().clone().requires_grad_() for value in (x, w, b)]
    output = (leaves[0] @ leaves[1] + leaves[2]).clamp(min=0)
    return torch.autograd.grad(output, leaves, upstream)
