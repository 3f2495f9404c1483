# As few lines as possible.

# %% pre_activation
a = max(z := sum(p * q for p, q in zip(x.tolist(), w.tolist())) + b.item(), 0)

# %% local_gradients
dz_dx, da_dx = w.tolist(), [0.0 * entry for entry in w.tolist()]

# %% alive_bias
b_alive = -b

# %% neuron_backward
neuron_backward = lambda x, w, b, u: ((g := u * (x @ w + b).sign().clamp(min=0))[:, None] @ w[None], g @ x, g.sum())

# %% activation_derivatives
sigmoid_grad = lambda z: z.sigmoid() - z.sigmoid().square()
tanh_grad = lambda z: z.cosh().pow(-2)
relu_grad = lambda z: torch.heaviside(z, torch.zeros_like(z))
leaky_relu_grad = lambda z, slope=0.01: torch.where(z > 0, 1.0, slope).to(z)

# %% gradient_norms
import functools
import itertools


def gradient_norms(weights, x, activation):
    hs = [*itertools.accumulate(weights, lambda h, v: activation(h @ v.T), initial=x.detach().requires_grad_())]
    return [g.pow(2).sum().sqrt().item() for g in torch.autograd.grad([hs[-1]], hs[:-1], [torch.ones_like(hs[-1])])]

# %% dead_units
dead_fraction = lambda x, weight, bias: 1 - torch.einsum("ni,hi->nh", x, weight).add(bias).gt(0).any(0).double().mean()
