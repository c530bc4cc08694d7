#!/bin/bash
# Packages: samba python3-impacket tcpdump tshark ethtool iproute2
# One SMB session over two network addresses of client and server (multichannel): what the first channel opens is used through the second.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client
ip -n "$RUN-server" addr add 10.99.0.11/24 dev eth0
ip -n "$RUN-client" addr add 10.99.0.12/24 dev eth0
ip -n "$RUN-client" route add 10.99.0.11 dev eth0 src 10.99.0.12

share=$WORK/repo
mkdir -p "$share/jobs" "$WORK/state"
chmod 755 "$WORK"
chmod 777 "$share" "$share/jobs"
head -c 3000 /dev/urandom >"$share/jobs/old.vbk"
head -c 3000 /dev/urandom >"$share/jobs/older.vbk"
chmod 666 "$share"/jobs/*
cat >"$WORK/smb.conf" <<EOF
[global]
  netbios name = BACKUP01
  workgroup = LAB
  server role = standalone server
  interfaces = eth0
  disable netbios = yes
  smb ports = 445
  load printers = no
  printcap name = /dev/null
  server multi channel support = yes
  server signing = mandatory
  server smb encrypt = off
  private dir = $WORK/state
  state directory = $WORK/state
  cache directory = $WORK/state
  lock directory = $WORK/state
  pid directory = $WORK/state
  passdb backend = smbpasswd:$WORK/state/smbpasswd
  force user = root
[repo]
  path = $share
  read only = no
EOF
id operator >/dev/null 2>&1 || useradd -M -N operator
printf 'Repo-Pass-1\nRepo-Pass-1\n' | smbpasswd -c "$WORK/smb.conf" -s -a operator >/dev/null
on server setsid smbd -F --no-process-group -s "$WORK/smb.conf" -l "$WORK/state" </dev/null >"$WORK/smbd.log" 2>&1 &
until on client bash -c 'exec 3<>/dev/tcp/10.99.0.1/445' 2>/dev/null; do sleep 0.2; done

record smb-channels 'tcp port 445'
on client /usr/bin/python3 "$RECORDED/smb-channels-client.py" 10.99.0.1 10.99.0.11 operator Repo-Pass-1
userdel operator 2>/dev/null || true
finish
