#!/bin/bash
# FreeTDS' tsql against a stand-in for a Microsoft SQL Server (tds-server.py, no server is in Debian) on an odd port, which
# the Browser tells: a wrong password, batches, a change of database, an error. Packages: freetds-bin, python3.
. "$(dirname "$0")/namespaces.sh"
hosts server client
on server python3 "$RECORDED/tds-server.py" 10.99.0.1 &
sleep 3
cat >"$WORK/freetds.conf" <<'END'
[db03]
  host = 10.99.0.1
  instance = VEEAMSQL2016
  tds version = 7.4
[direct]
  host = 10.99.0.1
  port = 14333
  tds version = 7.4
  encryption = off
END
# The client tells its own name: one that was made up.
client() {
  on client unshare --uts sh -c 'hostname ws-042 && exec timeout 20 tsql "$@"' tsql "$@" >/dev/null 2>&1
}
export FREETDSCONF=$WORK/freetds.conf
record tds "(tcp port 14333 or udp port 1434)"
echo exit | client -S direct -U sa -P guess || true
printf '%s\ngo\n' "SELECT name FROM jobs" "DELETE FROM jobs" "USE master" "EXEC xp_cmdshell 'whoami'" "DROP DATABASE VeeamBackup" exit |
  client -S db03 -U sa -P Herbst2024 -D VeeamBackup || true
