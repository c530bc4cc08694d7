#!/bin/bash
# SOCKS proxies: microsocks with a password (5), `ssh -D` (4, 4a, 5); curl through them to a web server. UDP associate is asked
# of microsocks, which refuses it. Packages: microsocks, openssh-server, curl, python3.
. "$(dirname "$0")/namespaces.sh"
hosts web proxy client
mkdir "$WORK/www"
echo 'backup catalogue' >"$WORK/www/index.html"
on web python3 -m http.server -d "$WORK/www" 80 >/dev/null 2>&1 &
on proxy microsocks -i 10.99.0.2 -p 1080 -u jump -P Fruehling2024 >/dev/null 2>&1 &
on proxy microsocks -i 10.99.0.2 -p 1081 >/dev/null 2>&1 &
ssh-keygen -q -t ed25519 -N '' -f "$WORK/host"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/user"
cp "$WORK/user.pub" "$WORK/authorized"
mkdir -p /run/sshd
on proxy /usr/sbin/sshd -D -h "$WORK/host" -o Port=2222 -o StrictModes=no -o AuthorizedKeysFile="$WORK/authorized" -o PidFile=none -o UsePAM=no 2>/dev/null &
sleep 1
on proxy ssh -N -D 10.99.0.2:1082 -p 2222 -i "$WORK/user" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 2>/dev/null &
sleep 2
fetch() { on client curl -s -m 5 -A collector --proxy "$1" "$2" || true; }
record socks tcp and host 10.99.0.3
fetch socks5://jump:Fruehling2024@10.99.0.2:1080 http://10.99.0.1/
fetch socks5://jump:guess@10.99.0.2:1080 http://10.99.0.1/
fetch socks5://10.99.0.2:1081 http://10.99.0.1:81/
fetch socks4://ops@10.99.0.2:1082 http://10.99.0.1/
fetch socks4a://ops@10.99.0.2:1082 http://10.99.0.1/
fetch socks5h://10.99.0.2:1082 http://10.99.0.1/
on client python3 - <<'END' || true
import socket
s = socket.create_connection(("10.99.0.2", 1081))
s.sendall(bytes.fromhex("050100"))
s.recv(2)
s.sendall(bytes.fromhex("05030001000000000000"))
s.recv(64)
END
