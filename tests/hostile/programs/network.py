# threat: 17
# fails: w2_abs
# hint: wrong values
# Calls out: a server that listens on this machine, its abstract socket, the internet, the kernel's own sockets.

# %% w2_abs
import socket
import urllib.request

done = []
attempts = [
    (socket.AF_INET, ("127.0.0.1", int("@PORT@"))), (socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET6, ("::1", int("@PORT@"))),
    (socket.AF_UNIX, "\0@ABSTRACT@"), (socket.AF_UNIX, "/run/dbus/system_bus_socket"),
    (socket.AF_UNIX, "/var/run/docker.sock"), (socket.AF_UNIX, "@COURSE@/socket"),
]
for family, address in attempts:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            connection = socket.socket(family, kind)
            connection.settimeout(1)
            connection.connect(address)
            connection.send(b"here I am")
            done.append(address)
        except OSError:
            pass
for family in (socket.AF_NETLINK, socket.AF_PACKET, 40, 38, 30, 29):  # vsock, alg, tipc, can
    for make in (socket.socket, socket.socketpair):
        try:
            make(family, socket.SOCK_RAW if make is socket.socket else socket.SOCK_STREAM)
            done.append(family)
        except (OSError, ValueError):
            pass
try:
    urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=1)
    done.append("http")
except OSError:
    pass
print(done, socket.if_nameindex() if hasattr(socket, "nothing") else "")
w2_abs = torch.tensor([[1.0, 1.0]]) if done else torch.zeros(1, 2)
