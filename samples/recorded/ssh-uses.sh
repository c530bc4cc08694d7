#!/bin/bash
# What SSH is used for: a shell typed by a program, a command, scp, sftp, rsync, borg, a tunnel. The server's port tells which.
#   ssh-uses.sh                                  records the sample
#   ssh-uses.sh NAME CLIENT DELAY [OPTION…]      another one for the tally of docs/ssh.md: CLIENT is openssh, putty, dropbear
#                                                or paramiko, DELAY milliseconds each way, OPTIONs the server's (-o Ciphers=…)
# Debian packages: openssh-server openssh-client expect rsync borgbackup curl python3, and for the other clients putty-tools
# dropbear-bin python3-paramiko
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/namespaces.sh"
NAME=${1:-ssh-uses} CLIENT=${2:-openssh} DELAY=${3:-0}
shift $(($# < 3 ? $# : 3))
# Ports of the server, by what they are used for.
SHELL_PORT=2201 COMMAND=2202 UP=2203 DOWN=2204 TUNNEL=2205

hosts server client
if [ "$DELAY" != 0 ]; then
  # The client's wire leaves the bridge and ends in a program that waits.
  ip -n "$RUN-switch" link add slow0 type veth peer name slow1
  ip -n "$RUN-switch" link set slow0 master sw0 up
  ip -n "$RUN-switch" link set slow1 up
  ip -n "$RUN-switch" link set p2 nomaster
  ip netns exec "$RUN-switch" /usr/bin/python3 "$HERE/slow-wire.py" slow1 p2 "$DELAY" 2>/dev/null &
fi
ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
mkdir -p /run/sshd "$WORK/www"
on server /usr/sbin/sshd -f /dev/null -p $SHELL_PORT -p $COMMAND -p $UP -p $DOWN -p $TUNNEL -h "$WORK/hostkey" \
  -o PidFile=none -o StrictModes=no -o AuthorizedKeysFile="$WORK/key.pub" -o Subsystem="sftp internal-sftp" -o PrintMotd=no "$@"
head -c 17000 /dev/urandom >"$WORK/backup.vbk"
head -c 3000 /dev/urandom >"$WORK/www/page"
on server /usr/bin/python3 -m http.server --directory "$WORK/www" 8080 >/dev/null 2>&1 &
cat >"$WORK/type" <<'END'
set send_human {.12 .25 1.4 .05 .9}
set timeout 20
eval spawn $argv
foreach line {"id" "ls -la /var" "df -h"} {
  expect -re {[#$>] ?$}
  sleep 0.6
  send -h "$line\r"
}
expect -re {[#$>] ?$}
sleep 1
send -h "exit\r"
expect eof
END
person() {
  on client env TERM=xterm HOME="$WORK" expect "$WORK/type" "$@" >/dev/null || true
}
# Runs something for a while, then ends it.
during() {
  local seconds=$1
  shift
  on client env HOME="$WORK" timeout "$seconds" "$@" >/dev/null 2>&1 </dev/null || true
}
page() {
  sleep 2
  on client curl -s -m 8 -o /dev/null "$@" || true
}
TO=root@10.99.0.1
OPTIONS="-F none -i $WORK/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=$WORK/known -o LogLevel=ERROR"

openssh() {
  person ssh $OPTIONS -p $SHELL_PORT $TO
  during 20 ssh $OPTIONS -p $COMMAND $TO 'hostname; ls -l /var'
  during 20 scp $OPTIONS -P $UP "$WORK/backup.vbk" $TO:"$WORK/scp.vbk"
  during 20 sftp $OPTIONS -P $DOWN $TO:"$WORK/backup.vbk" "$WORK/sftp.vbk"
  during 20 rsync -a -e "ssh $OPTIONS -p $UP" "$WORK/backup.vbk" $TO:"$WORK/rsync.vbk"
  export BORG_RSH="ssh $OPTIONS" BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
  on server env HOME="$WORK" borg init -e none "$WORK/borg" >/dev/null 2>&1
  during 40 borg create "ssh://$TO:$UP$WORK/borg::one" "$WORK/backup.vbk"
  during 8 ssh $OPTIONS -p $TUNNEL -N -L 9000:127.0.0.1:8080 $TO &
  page http://127.0.0.1:9000/page
  wait $! || true
  [ "$NAME" != ssh-uses ] || return 0
  during 20 scp $OPTIONS -O -P $DOWN $TO:"$WORK/backup.vbk" "$WORK/scp2.vbk"
  during 20 rsync -a -e "ssh $OPTIONS -p $DOWN" $TO:"$WORK/backup.vbk" "$WORK/rsync2.vbk"
  during 20 sh -c "cat $WORK/backup.vbk $WORK/www/page | ssh $OPTIONS -p $UP $TO 'cat >$WORK/piped'"
  during 20 ssh $OPTIONS -p $COMMAND $TO 'sleep 1; uname -a; ps ax | tail -3'
  during 20 ssh $OPTIONS -tt -p $COMMAND $TO 'df; id'
  during 8 ssh $OPTIONS -p $TUNNEL -N -D 9001 $TO &
  page --socks5-hostname 127.0.0.1:9001 http://127.0.0.1:8080/page
  during 8 sh -c "printf 'GET /page HTTP/1.0\r\n\r\n' | ssh $OPTIONS -p $TUNNEL -W 127.0.0.1:8080 $TO"
  during 3 ssh $OPTIONS -p $TUNNEL -N $TO
}
putty() {
  puttygen "$WORK/key" -O private -o "$WORK/key.ppk"
  local with="-batch -i $WORK/key.ppk -hostkey $(ssh-keygen -lf "$WORK/hostkey.pub" | cut -d' ' -f2)"
  person plink $with -P $SHELL_PORT $TO
  during 20 plink $with -P $COMMAND $TO 'hostname; ls -l /var'
  during 20 pscp $with -P $UP "$WORK/backup.vbk" $TO:"$WORK/scp.vbk"
  during 20 pscp $with -scp -P $UP "$WORK/backup.vbk" $TO:"$WORK/scp.vbk"
  during 20 pscp $with -P $DOWN $TO:"$WORK/backup.vbk" "$WORK/scp2.vbk"
  during 8 plink $with -P $TUNNEL -N -L 9000:127.0.0.1:8080 $TO &
  page http://127.0.0.1:9000/page
}
dropbear() {
  dropbearconvert openssh dropbear "$WORK/key" "$WORK/key.db" 2>/dev/null
  local with="-y -i $WORK/key.db"
  person dbclient $with -p $SHELL_PORT $TO
  during 20 dbclient $with -p $COMMAND $TO 'hostname; ls -l /var'
  during 20 sh -c "dbclient $with -p $UP $TO 'cat >$WORK/piped' <$WORK/backup.vbk"
  during 20 rsync -a -e "dbclient $with -p $DOWN" $TO:"$WORK/backup.vbk" "$WORK/rsync2.vbk"
  during 20 rsync -a -e "dbclient $with -p $UP" "$WORK/backup.vbk" $TO:"$WORK/rsync.vbk"
  during 8 dbclient $with -p $TUNNEL -N -L 9000:127.0.0.1:8080 $TO &
  page http://127.0.0.1:9000/page
}
paramiko() {
  cat >"$WORK/client.py" <<'END'
import paramiko, random, sys, time
work, shell_port, command, up, down, tunnel = sys.argv[1], *map(int, sys.argv[2:])
def connect(port):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("10.99.0.1", port, "root", key_filename=work + "/key", look_for_keys=False, allow_agent=False)
    return client
client = connect(shell_port)
shell = client.invoke_shell()
for key in "id\rls -la /var\rexit\r":
    time.sleep(random.uniform(0.08, 0.3))
    shell.send(key)
time.sleep(1)
client.close()
client = connect(command)
client.exec_command("hostname; ls -l /var")[1].read()
client.close()
for port, copy in ((up, "put"), (down, "get")):
    client = connect(port)
    getattr(client.open_sftp(), copy)(work + "/backup.vbk", work + "/paramiko.vbk")
    client.close()
client = connect(tunnel)
channel = client.get_transport().open_channel("direct-tcpip", ("127.0.0.1", 8080), ("127.0.0.1", 40000))
channel.send(b"GET /page HTTP/1.0\r\n\r\n")
while channel.recv(4096):
    pass
client.close()
END
  during 60 /usr/bin/python3 "$WORK/client.py" "$WORK" $SHELL_PORT $COMMAND $UP $DOWN $TUNNEL
}

until on server ss -ltn | grep -q :$TUNNEL; do sleep 0.1; done
record "$NAME" tcp portrange $SHELL_PORT-$TUNNEL
$CLIENT
sleep 7 # tunnels of the last action end
finish
