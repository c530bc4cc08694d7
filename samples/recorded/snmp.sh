#!/bin/bash
# SNMP: a walk with version 2c, a wrong and a right write with version 1, version 3 with and without privacy, a trap. Packages: snmpd snmp
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts agent manager
cat >"$WORK/snmpd.conf" <<'CONF'
agentAddress udp:10.99.0.1:161,udp:10.99.0.1:1161
sysDescr Tape library TL-4000, firmware 3.10
sysName tapelib1
sysContact backup team
rocommunity public
rwcommunity private
createUser backupmon SHA authpass123 AES privpass123
rouser backupmon auth
rwuser backupmon priv
CONF
on agent env SNMP_PERSISTENT_DIR="$WORK/state" snmpd -f -Lf /dev/null -C -c "$WORK/snmpd.conf" -I '-smux' -p "$WORK/snmpd.pid" &
sleep 2
export MIBS=
record snmp udp
on manager snmpwalk -v2c -c public -On 10.99.0.1 1.3.6.1.2.1.1 >/dev/null
on manager snmpbulkget -v2c -c public -On -Cr5 10.99.0.1 1.3.6.1.2.1.1 >/dev/null
on manager snmpset -v1 -c public -r0 -t1 10.99.0.1 1.3.6.1.2.1.1.6.0 s elsewhere >/dev/null 2>&1 || true
on manager snmpset -v1 -c private 10.99.0.1 1.3.6.1.2.1.1.6.0 s elsewhere >/dev/null 2>&1 || true
on manager snmpget -v3 -u backupmon -l authNoPriv -a SHA -A authpass123 10.99.0.1 1.3.6.1.2.1.1.1.0 >/dev/null
on manager snmpget -v3 -u backupmon -l authPriv -a SHA -A authpass123 -x AES -X privpass123 10.99.0.1 1.3.6.1.2.1.1.5.0 >/dev/null
on manager snmpget -v2c -c public -On 10.99.0.1:1161 1.3.6.1.2.1.1.3.0 >/dev/null
on agent snmptrap -v2c -c public 10.99.0.2 '' 1.3.6.1.6.3.1.1.5.3 1.3.6.1.2.1.2.2.1.1.1 i 1 >/dev/null 2>&1 || true
finish
