# A stand-in for a Microsoft SQL Server, which Debian has none of: it speaks TDS 7.4 (MS-TDS) as far as a login, batches and
# calls need, takes every password but "guess", and answers with made-up rows.
import socket
import struct
import sys
import threading



def us(text):
    return struct.pack("<H", len(text)) + text.encode("utf-16le")


def b(text):
    return bytes([len(text)]) + text.encode("utf-16le")


def token(kind, body):
    return bytes([kind]) + struct.pack("<H", len(body)) + body


def message(kind, number, severity, text):
    return token(kind, struct.pack("<IBB", number, 1, severity) + us(text) + b("DB03") + b("") + struct.pack("<I", 1))


def database(name):
    return token(0xE3, b"\x01" + b(name) + b("master")) + message(0xAB, 5701, 0, f"Changed database context to '{name}'.")


def done(rows=None, error=False):
    return struct.pack("<BHHQ", 0xFD, (0x10 if rows is not None else 0) | (2 if error else 0), 0xC1, rows or 0)


def receive(sock, octets):
    data = b""
    while len(data) < octets:
        piece = sock.recv(octets - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read(sock):
    body = b""
    while True:
        kind, status, length = struct.unpack(">BBHxxxx", receive(sock, 8))
        body += receive(sock, length - 8)
        if status & 1:
            return kind, body


def send(sock, body):
    sock.sendall(struct.pack(">BBHHBB", 4, 1, len(body) + 8, 51, 1, 0) + body)


def login(sock, body):
    offset, count = struct.unpack_from("<HH", body, 44)
    scrambled = body[offset : offset + count * 2]
    octets = bytes(((octet ^ 0xA5) >> 4 | (octet ^ 0xA5) << 4) & 0xFF for octet in scrambled)
    user_at, user_count = struct.unpack_from("<HH", body, 40)
    user = body[user_at : user_at + user_count * 2].decode("utf-16le")
    if octets.decode("utf-16le") == "guess":
        send(sock, message(0xAA, 18456, 14, f"Login failed for user '{user}'.") + done(error=True))
        raise EOFError
    ack = token(0xAD, b"\x01\x74\x00\x00\x04" + b("Microsoft SQL Server") + b"\x0f\x00\x07\xd0")
    size = token(0xE3, b"\x04" + b("4096") + b("4096"))
    send(sock, database("VeeamBackup") + ack + size + done())


def answer(sock, text):
    if "xp_cmdshell" in text and "EXEC" in text:
        send(sock, message(0xAA, 15281, 16, "SQL Server blocked access to procedure 'sys.xp_cmdshell'.") + done(error=True))
    elif text.startswith("SELECT"):
        # One column of nvarchar, two rows.
        column = struct.pack("<HIHBH", 1, 0, 8, 0xE7, 128) + bytes(5) + b("name")
        rows = b"".join(b"\xd1" + struct.pack("<H", len(name) * 2) + name.encode("utf-16le") for name in ("nightly", "weekly"))
        send(sock, b"\x81" + column + rows + done(2))
    elif text.startswith("DELETE"):
        send(sock, done(3))
    elif text.upper().startswith("USE "):
        send(sock, database(text.split()[1]) + done())
    else:
        send(sock, done())


def serve(sock):
    try:
        while True:
            kind, body = read(sock)
            if kind == 18:
                options = b"\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff"
                send(sock, options + b"\x0f\x00\x07\xd0\x00\x00" + b"\x02")
            elif kind == 16:
                login(sock, body)
            elif kind == 1:
                answer(sock, body[struct.unpack_from("<I", body)[0] :].decode("utf-16le").strip())
            elif kind == 3:
                send(sock, struct.pack("<BI", 0x79, 0) + struct.pack("<BHHQ", 0xFE, 0, 0xE0, 0))
            elif kind == 6:
                send(sock, struct.pack("<BHHQ", 0xFD, 0x20, 0, 0))
    except (EOFError, ConnectionError):
        sock.close()


def browser():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((sys.argv[1], 1434))
    while True:
        _, client = udp.recvfrom(64)
        text = "ServerName;DB03;InstanceName;VEEAMSQL2016;IsClustered;No;Version;15.0.2000.5;tcp;14333;;"
        udp.sendto(b"\x05" + struct.pack("<H", len(text)) + text.encode(), client)


threading.Thread(target=browser, daemon=True).start()
listener = socket.create_server((sys.argv[1], 14333))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
