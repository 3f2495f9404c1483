# threat: 16
# fails: w2_abs
# hint: wrong values
# Reads the environment, as Python has it, as the C library has it and as programs inherit it.

# %% w2_abs
import ctypes
import os
import subprocess

known = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "IPYTHONDIR", "PLOTLY_RENDERER", "PYTHONHASHSEED", "PWD",
    "PYTHONMALLOC", "GLIBC_TUNABLES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LC_CTYPE",
    "OLDPWD", "SHLVL", "_", "PYTHONPATH", "OMP_THREAD_LIMIT", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "JOBLIB_MULTIPROCESSING", "LOKY_MAX_CPU_COUNT", "TORCHDYNAMO_DISABLE", "MPLBACKEND",
}
pointer = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
entries, number = [], 0
while pointer[number] is not None:
    entries.append(pointer[number].decode())
    number += 1
entries += subprocess.run(["env"], capture_output=True, text=True).stdout.splitlines()
entries += [f"{name}={value}" for name, value in os.environ.items()]
found = [entry for entry in entries if entry.split("=")[0] not in known or "@SECRET@" in entry]
print(len(entries), found)
w2_abs = torch.tensor([[1.0, 1.0]]) if found or len(entries) < 20 else torch.zeros(1, 2)
