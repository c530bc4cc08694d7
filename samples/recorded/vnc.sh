#!/bin/bash
# A TigerVNC server: a wrong and a right VNC password, and no authentication, with a viewer of a few lines that stops
# behind the server's parameters. Packages: tigervnc-standalone-server, tigervnc-tools, python3.
. "$(dirname "$0")/namespaces.sh"
hosts server client
echo backup1 | tigervncpasswd -f >"$WORK/passwd"
on server Xtigervnc :1 -rfbport 5901 -PasswordFile "$WORK/passwd" -SecurityTypes VncAuth -desktop 'BACKUP01:1 (root)' -geometry 1024x768 -localhost no >"$WORK/x1.log" 2>&1 &
on server Xtigervnc :2 -rfbport 5902 -SecurityTypes None -desktop console -geometry 800x600 -localhost no >"$WORK/x2.log" 2>&1 &
sleep 2
record vnc tcp
on client python3 "$RECORDED/vnc-client.py" 10.99.0.1 5901 guess || true
on client python3 "$RECORDED/vnc-client.py" 10.99.0.1 5901 backup1 || true
on client python3 "$RECORDED/vnc-client.py" 10.99.0.1 5902 || true
