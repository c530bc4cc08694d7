#!/bin/bash
# TFTP, syslog, Telnet and the rsync daemon: tftpd-hpa and tftp-hpa, logger (bsdutils) to a socket that only listens, telnetd and
# telnet driven by expect, rsync (Debian packages of these names). A file is read and one is written, one does not exist;
# messages go over UDP and TCP; a wrong password, then a log-on and two commands; modules are listed, a backup is
# pulled with a log-on, another is pushed with --delete, and a wrong password is refused.
cd "$(dirname "$0")" && . ./namespaces.sh
hosts server client
SITE=/srv/textdemo
mkdir -p $SITE/backup "$WORK/in"
useradd --no-create-home --home-dir $SITE --shell /bin/bash textdemo 2>/dev/null || true
echo 'textdemo:Str0ng-Demo' | chpasswd
head -c 3000 /dev/zero | openssl enc -aes-128-ctr -K 02 -iv 00 >$SITE/backup/full-2024-03-01.vbk 2>/dev/null
printf 'hostname core-sw1\nenable secret 5 demo\n' >$SITE/running-config
chmod -R a+rwX $SITE
cat >"$WORK/rsyncd.conf" <<CONF
use chroot = no
uid = textdemo
gid = textdemo
[backup]
path = $SITE/backup
comment = nightly backups
read only = no
auth users = backup
secrets file = $WORK/secrets
CONF
echo 'backup:Str0ng-Demo' >"$WORK/secrets"
chmod 600 "$WORK/secrets"
record text-services
on server /usr/sbin/in.tftpd -L -c --secure $SITE &
on server python3 -c '
import socket, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("", 514))
tcp = socket.create_server(("", 601))
def accept():
    while True:
        peer, _ = tcp.accept()
        while peer.recv(4096): pass
threading.Thread(target=accept, daemon=True).start()
while True: udp.recv(4096)
' &
on server rsync --daemon --no-detach --config="$WORK/rsyncd.conf" --port=873 &
on server python3 -c '
import os, socket
listener = socket.create_server(("", 23))
while True:
    peer, _ = listener.accept()
    if os.fork() == 0:
        for fd in (0, 1, 2): os.dup2(peer.fileno(), fd)
        os.execv("/usr/sbin/telnetd", ["telnetd"])
    peer.close()
' &
sleep 6
cd "$WORK/in"
on client tftp 10.99.0.1 -m binary -c get running-config
on client tftp 10.99.0.1 -m binary -c put running-config stolen-config
on client tftp 10.99.0.1 -m binary -c get missing || true
on client logger -n 10.99.0.1 -d -P 514 --rfc3164 -t backup -p auth.warning 'repository vbr01 was removed by CORP\\svc-backup'
on client logger -n 10.99.0.1 -d -P 514 --rfc5424=notq -t backup -p local3.err 'job Daily failed'
on client logger -n 10.99.0.1 -T -P 601 --octet-count -t backup -p daemon.info 'counted message'
on client rsync rsync://10.99.0.1/ >/dev/null
export RSYNC_PASSWORD=Str0ng-Demo
on client rsync -a rsync://backup@10.99.0.1/backup/full-2024-03-01.vbk .
touch only-this
on client rsync -rt --omit-dir-times --delete ./ rsync://backup@10.99.0.1/backup/ || true
RSYNC_PASSWORD=wrong on client rsync rsync://backup@10.99.0.1/backup/ || true
on client expect -c '
set timeout 10
spawn telnet 10.99.0.1
expect "login: "; send "textdemo\r"
expect "Password: "; send "wrong\r"
expect "login: "; send "textdemo\r"
expect "Password: "; send "Str0ng-Demo\r"
expect "\\$ "; send "id\r"
expect "\\$ "; send "ls backup\r"
expect "\\$ "; send "exit\r"
expect eof' >/dev/null
finish
userdel textdemo
rm -r $SITE
