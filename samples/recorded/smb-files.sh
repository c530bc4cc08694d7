#!/bin/bash
# Packages: samba smbclient tcpdump tshark ethtool iproute2
# A file server with previous versions; a client that writes, copies on the server, renames, deletes, changes an access list,
# lists and opens a previous version, is refused, and then does some of it once more with encryption.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client

share=$WORK/repo
mkdir -p "$share/.snapshots/@GMT-2026.01.02-03.04.05" "$share/jobs" "$WORK/locked" "$WORK/state"
chmod 755 "$WORK"
chmod 777 "$share" "$share/jobs"
chmod 700 "$WORK/locked"
echo "as it was" >"$share/.snapshots/@GMT-2026.01.02-03.04.05/config.xml"
echo "as it is" >"$share/config.xml"
id operator >/dev/null 2>&1 || useradd -M -N operator
smb_server server BACKUP01 operator Repo-Pass-1 <<EOF
  server min protocol = SMB2
  passdb backend = smbpasswd:$WORK/state/smbpasswd
  force user = root
[repo]
  path = $share
  read only = no
  vfs objects = acl_xattr shadow_copy2
  acl_xattr:ignore system acls = yes
  shadow:mountpoint = $share
  shadow:snapdir = .snapshots
  shadow:localtime = no
[vault]
  path = $WORK/locked
  valid users = nobody
EOF

record smb-files 'tcp port 445'
head -c 20000 /dev/urandom >"$WORK/full.vbk"
smb() { on client smbclient -s /dev/null //10.99.0.1/"$1" -U 'operator%Repo-Pass-1' "${@:2}"; }
smb repo -c "cd jobs; put $WORK/full.vbk full.vbk; scopy full.vbk copy.vbk; rename full.vbk full.vbk.locked; del copy.vbk" || true
smb repo -c "allinfo config.xml; get @GMT-2026.01.02-03.04.05\\config.xml $WORK/old.xml" || true
smb vault -c 'ls' || true
on client smbcacls -s /dev/null //10.99.0.1/repo config.xml -U 'operator%Repo-Pass-1' -a 'ACL:Everyone:ALLOWED/0x0/FULL' || true
smb repo --client-protection=encrypt -c 'cd jobs; ls; del full.vbk.locked' || true
userdel operator
finish
