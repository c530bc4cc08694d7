#!/bin/bash
# Packages: samba smbclient samba-common-bin tcpdump tshark ethtool iproute2
# What a scout asks a file server in named pipes: accounts, SIDs, shares, sessions, services, registry; then a share is added and
# taken away. The server does what it is asked without encryption.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client

mkdir -p "$WORK/repo" "$WORK/state"
chmod 755 "$WORK"
smb_server server BACKUP01 root Root-Pass-1 <<EOF
  passdb backend = tdbsam:$WORK/state/passdb.tdb
  admin users = root
  svcctl list = spooler
  registry shares = yes
[repo]
  path = $WORK/repo
  read only = no
EOF

record smb-rpc 'tcp port 445'
rpc() { on client rpcclient -s /dev/null -U 'root%Root-Pass-1' 10.99.0.1 -c "$1" >/dev/null || true; }
rpc 'enumdomusers;lookupnames root;queryuser root;lookupdomain BACKUP01'
rpc 'lsaquery;lookupnames root;lookupsids S-1-5-32-544'
rpc 'netshareenumall;netsharegetinfo repo;netsessenum;netnametovalidate'
rpc 'netshareadd /tmp stage;netsharedel stage'
on client net rpc registry enumerate 'HKLM\SOFTWARE\Microsoft' -s /dev/null -S 10.99.0.1 -U 'root%Root-Pass-1' >/dev/null || true
on client net rpc registry setvalue 'HKLM\SYSTEM\CurrentControlSet\Control' Mark sz run -s /dev/null -S 10.99.0.1 -U 'root%Root-Pass-1' >/dev/null || true
on client net rpc service list -s /dev/null -S 10.99.0.1 -U 'root%Root-Pass-1' >/dev/null || true
on client net rpc service status spooler -s /dev/null -S 10.99.0.1 -U 'root%Root-Pass-1' >/dev/null || true
on client net rpc service create PSEXESVC Updater 'C:\Windows\PSEXESVC.exe' -s /dev/null -S 10.99.0.1 -U 'root%Root-Pass-1' >/dev/null || true
finish
