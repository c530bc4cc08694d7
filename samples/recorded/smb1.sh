#!/bin/bash
# SMB 1, as old appliances still speak it: a file put, read, renamed and deleted, a folder made and removed, a wrong password.
# Debian packages: samba smbclient
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client
share=$WORK/repo
mkdir -p "$share" "$WORK/state"
chmod 755 "$WORK"
chmod 777 "$share"
id operator >/dev/null 2>&1 || useradd -M -N operator
smb_server server OLDNAS operator Repo-Pass-1 <<EOF
  server min protocol = NT1
  client min protocol = NT1
  passdb backend = smbpasswd:$WORK/state/smbpasswd
  force user = root
[repo]
  path = $share
  read only = no
EOF

record smb1 'tcp port 445'
head -c 9000 /dev/urandom >"$WORK/full.vbk"
smb() { on client smbclient -s "$WORK/smb.conf" -m NT1 //10.99.0.1/repo -U "operator%$1" -c "$2" >/dev/null || true; }
smb wrong ls
smb Repo-Pass-1 "mkdir jobs; cd jobs; put $WORK/full.vbk full.vbk; ls; get full.vbk $WORK/back.vbk; rename full.vbk full.vbk.locked; del full.vbk.locked; cd ..; rmdir jobs"
userdel operator
finish
