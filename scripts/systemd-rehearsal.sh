#!/bin/bash
# The unit of docs/systemd under a real systemd. A small Debian is installed into a folder and booted in namespaces of its own; Backtrail is
# installed into it as docs/recording.md tells, and what a sensor goes through is tried: start, findings, processes killed, a full disk, a
# reboot, a power cut, stop. Prints a line for each check, and ends with 1 where one failed. Kernel and control groups are this machine's.
#   scripts/systemd-rehearsal.sh FOLDER CAPTURE [SUITE]
# FOLDER gets the Debian SUITE (trixie if not given; some 600 MB, used again by the next run). CAPTURE is played to the mirror port; detections
# must find something in it. KEEP names a folder for what the console said. It needs root, a Debian mirror (MIRROR) and npm's registry, and of Debian:
# debootstrap systemd-container iproute2 tcpreplay nodejs npm
set -euo pipefail
FOLDER=$(realpath -m "${1:?Name a folder for the Debian}")
CAPTURE=$(realpath "${2:?Name a capture to play}")
SUITE=${3:-trixie}
ROOT=$(cd "$(dirname "$0")/.." && pwd)
SYSTEM=$FOLDER/$SUITE
RUN=bt$$
UNIT=backtrail-record
WATCH=/var/lib/backtrail/watch
INIT=
NSPAWN=
FAULTS=0

[ "$(id -u)" = 0 ] || { echo "It needs root: it makes namespaces and boots a system in them." >&2; exit 2; }
for program in debootstrap systemd-nspawn nsenter ip tcpreplay node npm; do
  command -v "$program" >/dev/null || { echo "$program is missing: the first lines of $0 name the packages." >&2; exit 2; }
done
WORK=$(mktemp -d)

finish() {
  local state=$?
  set +e
  trap - EXIT
  trap '' INT TERM HUP
  if [ -n "$NSPAWN" ]; then kill "$NSPAWN" 2>/dev/null && { for _ in $(seq 100); do kill -0 "$NSPAWN" 2>/dev/null || break; sleep 0.2; done; kill -9 "$NSPAWN" 2>/dev/null; }; fi
  for end in sensor wire; do ip netns del "$RUN-$end" 2>/dev/null; done
  umount "$WORK/disk" 2>/dev/null
  [ -z "${KEEP:-}" ] || cp "$WORK"/console "$KEEP"/
  rm -rf "$WORK"
  exit $state
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

inside() { nsenter --target "$INIT" --all env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin TERM=dumb SYSTEMD_COLORS=0 SYSTEMD_PAGER= "$@"; }
check() {
  local what=$1
  shift
  if "$@" >"$WORK/said" 2>&1; then printf 'ok     %s\n' "$what"; return; fi
  printf 'FAULT  %s\n' "$what"
  tail -n 20 "$WORK/said" | sed 's/^/         /'
  FAULTS=$((FAULTS + 1))
}
tell() { printf '       %s\n' "$@"; }
# Until a command succeeds, for so many seconds at most.
within() {
  local until=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do [ "$(date +%s)" -lt "$until" ] || { "$@"; return; }; sleep 0.3; done
}
# What an expression says of the state `s` that /health answers.
value() { inside curl -s http://127.0.0.1:9477/health | node -p 'const s=JSON.parse(require("fs").readFileSync(0,"utf8"));eval(process.argv[1])' "$1"; }
is() { [ "$(value "$1")" = true ]; }
recording() { within "$1" is 's.ok && s.analysis?.isRunning && s.analysis.behindOctets === 0'; }
alarmed() { is "s.recorder.alarms.some(({ code }) => code === '$1')"; }
of_unit() { inside systemctl show -P "$1" $UNIT; }
journal() { inside journalctl -u $UNIT --no-pager -o cat "$@"; }
said() { grep -E "$1" <<<"$(journal "${@:2}")"; }
metrics() { inside curl -s http://127.0.0.1:9477/metrics | grep -E "^backtrail_packets_total\{interface=\"eth1\"\} $frames\$"; }
unwell() { [ "$(inside curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9477/health)" = 503 ]; }
none_left() { ! inside pgrep -u backtrail; }
gaps() { inside runuser -u backtrail -- backtrail story --case $WATCH | tr -s ' \n' ' ' | grep -oE 'Nothing was recorded between [^ ]+ and [^ ]+: [^.]+\.'; }
restarted() { [ "$(of_unit NRestarts)" -gt "$before" ]; }
# Plays the capture, and prints how many frames that were.
play() { ip netns exec "$RUN-wire" tcpreplay -i play -p 1000 "$CAPTURE" 2>/dev/null | awk '/Successful packets:/ { print $3 }'; }
# A process by what it runs, of the unit's.
process() { inside pgrep -u backtrail -f "$1" | head -1; }
has() { inside grep -qE "$2" "/proc/$1/status"; }
since() { awk -v from="$1" -v to="$(date +%s%3N)" 'BEGIN { printf "%.1f s", (to - from) / 1000 }'; }

boot() {
  SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network nsenter --net="/run/netns/$RUN-sensor" systemd-nspawn --quiet --register=no --keep-unit --boot \
    --directory="$SYSTEM" --machine=sensor --capability=all --bind="$WORK/disk:/var/lib/backtrail" \
    --resolv-conf=off --timezone=off --link-journal=no --console=pipe </dev/null >>"$WORK/console" 2>&1 &
  NSPAWN=$!
  within 60 pgrep -P "$NSPAWN" -x systemd || { cat "$WORK/console"; exit 1; }
  INIT=$(pgrep -P "$NSPAWN" -x systemd)
  within 60 inside systemctl is-active multi-user.target || { cat "$WORK/console"; exit 1; }
}

if [ ! -e "$SYSTEM/etc/.installed" ]; then
  # Debian 12 has a Node that is too old: it gets this machine's.
  packages=systemd,systemd-sysv,iproute2,procps,curl,wireshark-common,tcpdump
  [ "$SUITE" = bookworm ] || packages=$packages,nodejs
  debootstrap --variant=minbase --include="$packages" "$SUITE" "$SYSTEM" "${MIRROR:-http://deb.debian.org/debian}" >"$FOLDER/$SUITE.log"
  [ "$SUITE" != bookworm ] || install "$(readlink -f "$(command -v node)")" "$SYSTEM/usr/bin/node"
  touch "$SYSTEM/etc/.installed"
fi
# As docs/recording.md tells; what `npm install -g` does is done from outside, as the sensor has no network.
archive=$(cd "$ROOT" && npm pack --silent --pack-destination "$WORK" | tail -1)
npm install --silent --no-audit --no-fund -g --prefix "$SYSTEM/usr/local" "$WORK/$archive"
chroot "$SYSTEM" sh -c 'id backtrail 2>/dev/null || useradd --system --home-dir /var/lib/backtrail --shell /usr/sbin/nologin backtrail' >/dev/null
install -m 0644 "$SYSTEM/usr/local/lib/node_modules/backtrail/docs/systemd/$UNIT.service" "$SYSTEM/etc/systemd/system/"
rm -rf "$SYSTEM/etc/systemd/system/$UNIT.service.d" "$SYSTEM/var/log/journal/"* "$SYSTEM/etc/systemd/system/multi-user.target.wants/$UNIT.service"
printf '[Match]\nName=eth1\n[Link]\nActivationPolicy=always-up\nRequiredForOnline=no\n[Network]\nLinkLocalAddressing=no\n' >"$SYSTEM/etc/systemd/network/50-mirror.network"
systemctl --root="$SYSTEM" --quiet enable systemd-networkd
mkdir "$WORK/disk"
mount -t tmpfs -o size=1200M,mode=755 tmpfs "$WORK/disk"
for end in sensor wire; do ip netns add "$RUN-$end"; done
ip link add play netns "$RUN-wire" mtu 65000 type veth peer name eth1 mtu 65000 netns "$RUN-sensor"
ip netns exec "$RUN-wire" sysctl -qw net.ipv6.conf.play.disable_ipv6=1
ip -n "$RUN-wire" link set play up

boot
tell "$(inside systemctl --version | head -1), $(inside node --version) of $SUITE, $(inside dumpcap --version | head -1)"
from=$(date +%s%3N)
check "the unit is enabled and started" inside systemctl enable --now $UNIT
check "it records, and /health answers 200 on loopback" recording 30
tell "after $(since "$from"): $(value 's.recorder.driver.reason')"
main=$(of_unit MainPID) recorder=$(process recorder-process) analysis=$(process analysis-process) driver=$(process ^dumpcap)
for each in "main $main" "recorder $recorder" "analysis $analysis" "driver $driver"; do
  read -r name pid <<<"$each"
  tell "$name, process $pid: $(inside ps -o user:12=,nice= -p "$pid" | awk '{ print $1 ", nice " $2 }'), $(inside grep -E '^(CapEff|NoNewPrivs|Seccomp):' "/proc/$pid/status" | tr -s '\t\n' ' ')OOM score $(inside cat "/proc/$pid/oom_score_adj")"
done
for pid in $main $recorder; do check "process $pid: CAP_NET_RAW and CAP_NET_ADMIN alone" has "$pid" '^CapEff:\s0000000000003000$'; done
for pid in $analysis $driver; do check "process $pid: no capability" has "$pid" '^CapEff:\s0000000000000000$'; done
from=$(date +%s%3N)
frames=$(play)
check "$frames frames: what was played is recorded" within 15 is "s.recorder.interfaces[0].packets === $frames"
check "the attack is found" within 60 is 's.analysis.findings > 0'
tell "after $(since "$from"): $(value 's.analysis.findings') findings; the first: $(said '\(F-[0-9a-f]+\)' | head -1 | cut -c-160)"
check "/metrics answers" metrics

inside journalctl --rotate
for name in recorder analysis; do
  pid=$(process $name-process)
  inside kill -9 "$pid"
  check "$name killed: alarm in the journal" within 15 said "ALARM: The $name was ended .SIGKILL"
  check "$name killed: it runs again, without an alarm" recording 60
done
tell "the last line, after the journal was rotated: $(journal -n 1)"
before=$(of_unit NRestarts)
inside systemctl kill --signal=KILL --kill-who=main $UNIT
check "all of it killed: systemd starts it again" within 30 restarted
check "all of it killed: it records into the same case" recording 90
from=$(date +%s%3N)
check "systemctl restart" inside systemctl restart $UNIT
tell "$(since "$from")"
check "it records again" recording 60

fallocate -l "$(($(df --output=avail -B1 "$WORK/disk" | tail -1) - 400 * 1024 * 1024))" "$WORK/disk/filler"
check "disk full: alarm" within 20 alarmed disk-full
check "disk full: /health answers 503" unwell
rm "$WORK/disk/filler"
check "room again: it records" recording 30
play >/dev/null

known=$(value 's.analysis.findings')
from=$(date +%s%3N)
inside systemctl reboot 2>/dev/null
wait "$NSPAWN" || true
tell "down for the reboot after $(since "$from")"
ip -n "$RUN-sensor" link set eth1 down
boot
check "after the reboot it records into the same case" recording 90
check "with what was found before" is "s.analysis.findings >= $known"
tell "$(journal -b | grep -c .) lines in the journal of this start, $(said ALARM -b | grep -c . || true) alarms"
play >/dev/null
sleep 3
kill -9 "$INIT"
wait "$NSPAWN" || true
boot
check "after a power cut it records into the same case" recording 90
check "with what was found before" is "s.analysis.findings >= $known"
play >/dev/null

from=$(date +%s%3N)
check "systemctl stop" inside systemctl stop $UNIT
tell "$(since "$from"): $(of_unit ActiveState), $(of_unit Result), ended with $(of_unit ExecMainStatus)"
check "it ended in order" [ "$(of_unit Result) $(of_unit ExecMainStatus)" = "success 0" ]
check "no process is left" none_left
check "backtrail verify" inside runuser -u backtrail -- backtrail verify --case $WATCH
sed 's/^/       /' "$WORK/said"
check "the gaps are told" gaps
sed 's/^/       /' "$WORK/said"
tell "$(inside systemd-analyze security --no-pager $UNIT | tail -1)"
inside systemctl poweroff 2>/dev/null
wait "$NSPAWN" || true
NSPAWN=
[ $FAULTS = 0 ]
