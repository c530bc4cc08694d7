#!/bin/bash
# restic's REST interface: backup, restore, forget and prune with a password; an intruder with the password reads keys, deletes snapshots and a
# pack, and puts something else under its name. The server is rclone's (Debian has no rest-server).
# Debian packages: restic rclone curl tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts store backup intruder
mkdir "$WORK/repository" "$WORK/data"
on store rclone --config '' serve restic --addr 0.0.0.0:8000 --user backup --pass made-up "$WORK/repository" >/dev/null 2>&1 &
until on store ss -ltn | grep -q :8000; do sleep 0.1; done
record restic-rest

export RESTIC_PASSWORD=made-up RESTIC_CACHE_DIR="$WORK/cache" RESTIC_REPOSITORY=rest:http://backup:made-up@10.99.0.1:8000/
head -c 2000 /dev/urandom >"$WORK/data/ledger.db"
on backup restic -q init
on backup restic -q backup "$WORK/data"
head -c 1500 /dev/urandom >"$WORK/data/orders.db"
on backup restic -q backup "$WORK/data"
on backup restic -q restore latest --target "$WORK/restored"
on backup restic -q forget --keep-last 1 --prune

ask() {
  on intruder curl -s --max-time 10 -o /dev/null -A intruder/1 -u backup:made-up "$@"
}
server=http://10.99.0.1:8000
on intruder curl -s -o /dev/null -A intruder/1 "$server/snapshots/"
ask -H 'Accept: application/vnd.x.restic.rest.v2' "$server/snapshots/"
for key in "$WORK"/repository/keys/*; do ask "$server/keys/${key##*/}"; done
for snapshot in "$WORK"/repository/snapshots/*; do ask -X DELETE "$server/snapshots/${snapshot##*/}"; done
pack=$(find "$WORK/repository/data" -type f | sort | head -1)
ask -X DELETE "$server/data/${pack##*/}"
ask -X POST --data-binary 'nothing to restore' -H 'Content-Type: application/octet-stream' "$server/data/${pack##*/}"
ask "$server/data/${pack##*/}"
finish
