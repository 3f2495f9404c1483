# threat: 15
# fails: w2_abs
# hint: wrong values
# Reaches for its parent and for whoever else is there: /proc, ptrace, pidfds, memory of others, signals.

# %% w2_abs
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
done = list(os.listdir("/proc"))
for pid in (os.getppid(), 1, 2, *range(3, 40)):
    if pid in (0, os.getpid()):
        continue
    for name in ("mem", "environ", "cmdline", "maps", "fd", "root"):
        if os.path.exists(f"/proc/{pid}/{name}"):
            done.append((pid, name))
    if libc.ptrace(16, pid, 0, 0) == 0:  # attach
        done.append((pid, "ptrace"))
    try:
        done.append((pid, "fd", libc.syscall(438, os.pidfd_open(pid), 0, 0)))  # pidfd_getfd
        if done[-1][2] < 0:
            done.pop()
    except OSError:
        pass
buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
if libc.process_vm_readv(1, vector, 1, vector, 1, 0) > 0 or libc.ptrace(0, 0, 0, 0) == 0:
    done.append("memory")
for pid in (1, -os.getppid() if os.getppid() > 1 else 1):
    try:
        os.kill(pid, 9)  # the first process of a namespace of ours: the kernel does not deliver it
    except OSError:
        pass
print(done)
w2_abs = torch.tensor([[1.0, 1.0]]) if done else torch.zeros(1, 2)
