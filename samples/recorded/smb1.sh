#!/bin/bash
# SMB 1, as old appliances still speak it: a file put, read, renamed and deleted, a folder made and removed, a wrong password.
# Debian packages: samba smbclient
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client
share=$WORK/repo
mkdir -p "$share" "$WORK/state"
chmod 755 "$WORK"
chmod 777 "$share"
cat >"$WORK/smb.conf" <<EOF
[global]
  netbios name = OLDNAS
  workgroup = LAB
  server role = standalone server
  interfaces = eth0
  bind interfaces only = yes
  disable netbios = yes
  smb ports = 445
  load printers = no
  printcap name = /dev/null
  server min protocol = NT1
  client min protocol = NT1
  map to guest = never
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
on server smbd -F --no-process-group -s "$WORK/smb.conf" -l "$WORK/state" </dev/null >"$WORK/smbd.log" 2>&1 &
until on client bash -c 'exec 3<>/dev/tcp/10.99.0.1/445' 2>/dev/null; do sleep 0.2; done

record smb1 'tcp port 445'
head -c 9000 /dev/urandom >"$WORK/full.vbk"
smb() { on client smbclient -s "$WORK/smb.conf" -m NT1 //10.99.0.1/repo -U "operator%$1" -c "$2" >/dev/null || true; }
smb wrong ls
smb Repo-Pass-1 "mkdir jobs; cd jobs; put $WORK/full.vbk full.vbk; ls; get full.vbk $WORK/back.vbk; rename full.vbk full.vbk.locked; del full.vbk.locked; cd ..; rmdir jobs"
userdel operator
finish
