#!/bin/bash
# A WebSocket with a subprotocol and compressed messages, and one without either that carries a connection to an SSH server.
# Debian packages: python3-websockets openssh-client openssh-server tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts web client
cat >"$WORK/server.py" <<'END'
import asyncio, websockets
async def serve(socket):
    if socket.path == "/tunnel":
        reader, writer = await asyncio.open_connection("127.0.0.1", 2222)
        async def back():
            while data := await reader.read(4096):
                await socket.send(data)
            await socket.close()
        task = asyncio.create_task(back())
        async for data in socket:
            writer.write(data)
        writer.close()
        await task
        return
    async for message in socket:
        await socket.send("answer to " + message)
async def main():
    async with websockets.serve(serve, "10.99.0.1", 8765, subprotocols=["jobs.v2", "jobs.v1"]):
        await asyncio.Future()
asyncio.run(main())
END
cat >"$WORK/client.py" <<'END'
import asyncio, websockets
async def talk():
    async with websockets.connect("ws://10.99.0.1:8765/jobs?since=0", subprotocols=["jobs.v1"]) as socket:
        for job in ("nightly", "nightly again", "nightly " * 40):
            await socket.send(job)
            await socket.recv()
async def tunnel():
    async with websockets.connect("ws://10.99.0.1:8765/tunnel", compression=None, user_agent_header="tunnel/1") as socket:
        await socket.send(b"SSH-2.0-sample_1\r\n")
        for _ in range(2):
            await asyncio.wait_for(socket.recv(), 5)
asyncio.run(talk())
asyncio.run(tunnel())
END
ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey"
mkdir -p /run/sshd
on web /usr/sbin/sshd -f /dev/null -p 2222 -h "$WORK/hostkey" -o PidFile=none -o ListenAddress=127.0.0.1
on web /usr/bin/python3 "$WORK/server.py" >/dev/null 2>&1 &
until on web ss -ltn | grep -q :8765; do sleep 0.1; done
record websocket
on client /usr/bin/python3 "$WORK/client.py"
finish
