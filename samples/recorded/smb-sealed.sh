#!/bin/bash
# Packages: samba smbclient samba-common-bin tcpdump tshark ethtool iproute2
# The same actions on a file server in clear, then encrypted with each dialect and cipher of SMB 3 (the whole session, or one share
# that asks for it), and a share added in an encrypted pipe. smb-sealed.secrets has the account's NT hash.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client

mkdir -p "$WORK/repo" "$WORK/state"
chmod 755 "$WORK"
chmod 777 "$WORK/repo"
smb_server server BACKUP01 root Seal-Pass-1 <<END
  passdb backend = tdbsam:$WORK/state/passdb.tdb
  server smb encrypt = if_required
  server smb3 encryption algorithms = AES-128-GCM, AES-128-CCM, AES-256-GCM, AES-256-CCM
  admin users = root
  registry shares = yes
  force user = root
[repo]
  path = $WORK/repo
  read only = no
[vault]
  path = $WORK/repo
  read only = no
  server smb encrypt = required
END
pdbedit -s "$WORK/smb.conf" -Lw root | awk -F: '{ print "LAB\\" $1 ":" tolower($4) }' >"$RECORDED/smb-sealed.secrets"

record smb-sealed 'tcp port 445'
head -c 800 /dev/urandom >"$WORK/night.vbk"
actions() { # SHARE, then options of smbclient
  on client smbclient -s /dev/null //10.99.0.1/"$1" -U 'root%Seal-Pass-1' "${@:2}" \
    -c "mkdir jobs; cd jobs; put $WORK/night.vbk night.vbk; get night.vbk $WORK/back.vbk; rename night.vbk night.vbk.locked; del night.vbk.locked; cd ..; rmdir jobs" || true
}
actions repo --client-protection=sign
actions repo -m SMB3_00 --client-protection=encrypt
actions repo -m SMB3_02 --client-protection=encrypt
for cipher in AES-128-CCM AES-128-GCM AES-256-CCM AES-256-GCM; do
  actions repo -m SMB3_11 --client-protection=encrypt --option="client smb3 encryption algorithms=$cipher"
done
actions vault --client-protection=sign
on client rpcclient -s /dev/null -U 'root%Seal-Pass-1' --client-protection=encrypt 10.99.0.1 -c 'netshareadd /tmp stage;netsharedel stage;enumdomusers' >/dev/null || true
# A wrong guess between: its octets are nobody's secret.
on client smbclient -s /dev/null //10.99.0.1/repo -U 'root%wrong' --client-protection=encrypt -c ls || true
finish
