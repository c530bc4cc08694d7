# A viewer of the RFB protocol (RFC 6143) that logs in, asks for the screen's size, types "ls" and leaves.
import socket
import struct
import subprocess
import sys

host, port = sys.argv[1], int(sys.argv[2])
password = sys.argv[3] if len(sys.argv) > 3 else None
sock = socket.create_connection((host, port))


def receive(octets):
    data = b""
    while len(data) < octets:
        piece = sock.recv(octets - len(data))
        if not piece:
            sys.exit("closed")
        data += piece
    return data


receive(12)
sock.sendall(b"RFB 003.008\n")
receive(receive(1)[0])
if password is None:
    sock.sendall(b"\x01")
else:
    sock.sendall(b"\x02")
    # DES with each octet of the password's bits in reverse order. RFC 6143 7.2.2
    key = bytes(int(f"{octet:08b}"[::-1], 2) for octet in password.encode()[:8].ljust(8, b"\0"))
    challenge = receive(16)
    options = ["-provider", "legacy", "-provider", "default"]
    command = ["openssl", "enc", "-des-ecb", "-nopad", "-K", key.hex(), *options]
    sock.sendall(subprocess.run(command, input=challenge, capture_output=True, check=True).stdout)
if struct.unpack(">I", receive(4))[0] != 0:
    sys.exit(receive(struct.unpack(">I", receive(4))[0]).decode())
sock.sendall(b"\x01")
width, height, _, length = struct.unpack(">HH16sI", receive(24))
print(width, height, receive(length).decode())
for key in b"ls\r":
    sock.sendall(struct.pack(">BBxxI", 4, 1, key) + struct.pack(">BBxxI", 4, 0, key))
