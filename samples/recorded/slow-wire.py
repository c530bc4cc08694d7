"""Carries frames between two interfaces, each one DELAY milliseconds later: slow-wire.py IF1 IF2 DELAY"""
import collections, select, socket, sys, time

first, second, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
ends = []
for name in (first, second):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    end.bind((name, 0))
    ends.append(end)
waiting = collections.deque()
while True:
    timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for end in select.select(ends, [], [], timeout)[0]:
        frame, address = end.recvfrom(65536)
        # What goes out through the interface is heard here too.
        if address[2] != socket.PACKET_OUTGOING:
            waiting.append((time.monotonic() + delay, ends[1 - ends.index(end)], frame))
    while waiting and waiting[0][0] <= time.monotonic():
        _, to, frame = waiting.popleft()
        to.send(frame)
