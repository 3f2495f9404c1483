# threat: 26
# fails: w2_abs
# hint: wrong values
# Opens 5000 files at most and lifts the limits that it has.

# %% w2_abs
import os
import resource

lifted = []
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        lifted.append(kind)
    except (OSError, ValueError):
        pass
held = []
try:
    held += [os.open("/dev/null", os.O_RDONLY) for _ in range(5000)]
except OSError:
    pass
leaked = 0
try:
    for leaked in range(5000):
        os.dup(0)
except OSError:
    pass
for descriptor in range(10, 5000):
    try:
        os.close(descriptor)
    except OSError:
        pass
w2_abs = torch.tensor([[1.0, 1.0]]) if lifted or held or leaked > 1000 else torch.zeros(1, 2)
