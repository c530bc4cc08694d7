#!/bin/bash
# NTP: a server asked by clients, and asked for its variables and its list of clients. Packages: ntpsec ntpsec-ntpdate
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client
cat >"$WORK/ntp.conf" <<'CONF'
server 127.127.1.0
fudge 127.127.1.0 stratum 3
tos orphan 5
restrict default
CONF
on server ntpd -n -g -c "$WORK/ntp.conf" -l "$WORK/ntp.log" -p "$WORK/ntp.pid" &
sleep 8
record ntp udp port 123
on client ntpdate -q 10.99.0.1 >/dev/null 2>&1 || true
on client ntpq -n -c rv 10.99.0.1 >/dev/null 2>&1 || true
on client ntpq -n -c mrulist 10.99.0.1 >/dev/null 2>&1 || true
# What an attacker who looks for amplifiers sends: a private request for the list of clients.
on client bash -c 'exec 3<>/dev/udp/10.99.0.1/123; printf "\x17\x00\x03\x2a\x00\x00\x00\x00" >&3; sleep 1'
finish
