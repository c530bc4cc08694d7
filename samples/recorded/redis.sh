#!/bin/bash
# A Redis server and redis-cli: passwords, keys, the way by which servers are taken over (CONFIG SET dir), publish and
# subscribe, RESP3, inline commands and a pipeline. Packages: redis-server, redis-tools, socat.
. "$(dirname "$0")/namespaces.sh"
hosts server client
on server redis-server --bind 10.99.0.1 --dir "$WORK" --requirepass Herbst2024 --protected-mode no --save '' --daemonize no >"$WORK/db.log" &
cli() { on client redis-cli -h 10.99.0.1 "$@"; }
until cli ping >/dev/null 2>&1; do sleep 0.2; done
record redis tcp port 6379
cli -a guess --no-auth-warning SET x 1 || true
printf '%s\n' 'AUTH Herbst2024' 'SET job:nightly "nas01 nas02"' 'GET job:nightly' 'GET missing' 'KEYS *' 'HSET host:nas01 role backup' \
  'HGETALL host:nas01' 'INCRBY runs 3' 'CONFIG SET dir /nowhere' 'CONFIG SET dbfilename authorized_keys' 'FLUSHALL' | cli >/dev/null
printf 'HELLO 3 AUTH default Herbst2024\r\nHSET host:nas01 role backup\r\nHGETALL host:nas01\r\nSMEMBERS none\r\nGET none\r\n' |
  on client socat -t 1 - TCP:10.99.0.1:6379 >/dev/null
printf 'AUTH Herbst2024\r\nPING\r\nSET "a b" \x27c d\x27\r\nQUIT\r\n' | on client socat -t 1 - TCP:10.99.0.1:6379 >/dev/null
(on client timeout 3 redis-cli -h 10.99.0.1 -a Herbst2024 --no-auth-warning SUBSCRIBE alarms >/dev/null || true) &
sleep 1
cli -a Herbst2024 --no-auth-warning PUBLISH alarms 'backup failed' >/dev/null
wait $! || true
