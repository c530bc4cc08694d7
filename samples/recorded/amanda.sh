#!/bin/bash
# Amanda: the server checks and dumps a client over TCP (bsdtcp), and another time over UDP (bsdudp); a host that the client does not know is
# refused; the client's administrator restores by amrecover; somebody else on that host fetches the whole backup. Amanda has no deletion over
# the network. Packages: amanda-server, amanda-client. /etc/amandahosts and /etc/amanda are put back at the end.
. "$(dirname "$0")/namespaces.sh"
hosts vault nas01 stranger
for host in vault nas01 stranger; do
  mkdir -p "/etc/netns/$RUN-$host"
  printf '127.0.0.1 localhost\n10.99.0.1 vault\n10.99.0.2 nas01\n10.99.0.3 stranger\n' >"/etc/netns/$RUN-$host/hosts"
  echo 'hosts: files' >"/etc/netns/$RUN-$host/nsswitch.conf"
done
ORIGINAL_FINISH=$(declare -f finish | sed 's/^finish/taken_down/')
eval "$ORIGINAL_FINISH"
finish() {
  [ -e "$WORK/amandahosts.former" ] && cp "$WORK/amandahosts.former" /etc/amandahosts
  rm -rf /etc/amanda/Daily /etc/amanda/Udp /etc/netns/"$RUN"-*
  taken_down
}
cp /etc/amandahosts "$WORK/amandahosts.former" 2>/dev/null || true
printf 'vault backup amdump\nnas01 root amindexd amidxtaped\n' >/etc/amandahosts
chown backup: /etc/amandahosts
chmod 600 /etc/amandahosts
chmod 755 "$WORK"
mkdir -p "$WORK"/{data,conf/Daily,vtapes/slot1,vtapes/slot2,hold,state,out}
for n in 1 2; do head -c 2000 /dev/urandom | base64 >"$WORK/data/ledger-$n.csv"; done
cat >"$WORK/conf/Daily/amanda.conf" <<CONF
org "Daily"
mailto ""
infofile "$WORK/state/info"
logdir "$WORK/state/log"
indexdir "$WORK/state/index"
tapelist "$WORK/state/tapelist"
tpchanger "chg-disk:$WORK/vtapes"
autolabel "Daily-%%%" empty volume-error
labelstr "Daily-.*"
tapetype VT
define tapetype VT {
  length 100 mbytes
}
dumpcycle 1 day
tapecycle 2
ctimeout 5
etimeout 20
define application-tool app_gtar {
  plugin "amgtar"
  property "GNUTAR-LISTDIR" "$WORK/state/gnutar"
}
define dumptype over-tcp {
  program "APPLICATION"
  application "app_gtar"
  auth "bsdtcp"
  index yes
  compress none
  holdingdisk never
  strategy noinc
}
define dumptype over-udp {
  program "APPLICATION"
  application "app_gtar"
  auth "bsdudp"
  client_port "10080"
  index yes
  compress none
  holdingdisk never
  strategy noinc
}
CONF
mkdir -p "$WORK/state/gnutar" "$WORK/conf/Udp"
sed "s#Daily#Udp#; s#/state/#/state-udp/#; s#/vtapes#/vtapes-udp#" "$WORK/conf/Daily/amanda.conf" >"$WORK/conf/Udp/amanda.conf"
mkdir -p "$WORK"/state{,-udp}/{log,index,gnutar} "$WORK"/vtapes-udp/{slot1,slot2}
echo "nas01 $WORK/data over-tcp" >"$WORK/conf/Daily/disklist"
echo "nas01 $WORK/data over-udp" >"$WORK/conf/Udp/disklist"
touch "$WORK"/state{,-udp}/tapelist
ln -s "$WORK/conf/Daily" "$WORK/conf/Udp" /etc/amanda/
chown -R backup: "$WORK"/{conf,vtapes,vtapes-udp,state,state-udp,hold}
chmod -R a+rX "$WORK/data"
cat >"$WORK/inetd.py" <<'PY'
"""Starts amandad for each connection, and for datagrams while none runs: inetd in a few lines."""
import os, pwd, select, socket, sys
auth, services = sys.argv[1], sys.argv[2:]
is_udp = auth == "bsdudp"
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", 10080))
if not is_udp:
    listener.listen(9)
user = pwd.getpwnam("backup")
while True:
    select.select([listener], [], [])
    conn = listener if is_udp else listener.accept()[0]
    child = os.fork()
    if child == 0:
        os.dup2(conn.fileno(), 0)
        os.dup2(conn.fileno(), 1)
        os.initgroups("backup", user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os.environ["HOME"] = user.pw_dir
        os.execv("/usr/lib/amanda/amandad", ["amandad", "-auth=" + auth, *services])
    if is_udp:
        os.waitpid(child, 0)
    else:
        conn.close()
PY
serve() { on "$1" python3 "$WORK/inetd.py" "${@:2}" >>"$WORK/inetd.log" 2>&1 & }
serve nas01 bsdtcp amdump
serve nas01 bsdudp amdump
serve vault bsdtcp amindexd amidxtaped
amanda() { on "$1" setpriv --reuid backup --regid backup --init-groups env HOME=/var/backups "${@:2}" >>"$WORK/amanda.log" 2>&1 || true; }
sleep 1
record amanda
amanda vault amcheck -c Daily
amanda vault amdump Daily
amanda vault amcheck -c Udp
amanda vault amdump Udp
recover() { (cd "$WORK/out" && printf '%s\n' "sethost nas01" "setdisk $WORK/data" "${@:2}" quit |
  on nas01 timeout 60 amrecover "$1" -s vault -t vault -o auth=bsdtcp >>"$WORK/recover.log" 2>&1) || true; }
recover Daily "add ledger-1.csv" extract y y
recover Daily "ls" "add ." extract y y
amanda stranger amservice nas01 bsdtcp noop </dev/null
