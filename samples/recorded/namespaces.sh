# Hosts as network namespaces on one bridge, for the recording scripts: source this file.
#   hosts server client …   makes them as 10.99.0.1, 10.99.0.2, … in this order, each with loopback
#   on HOST COMMAND…        runs a command on a host
#   record NAME             starts recording what crosses the bridge into NAME.pcapng beside the scripts
#   finish                  stops the recording and takes everything down
# A host's processes end with its namespace. Names of the namespaces carry the script's process id, so scripts may run side by side.
set -euo pipefail
RECORDED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=bt$$
WORK=$(mktemp -d)
HOSTS=()
RECORDER=

hosts() {
  ip netns add "$RUN-switch"
  ip -n "$RUN-switch" link add sw0 type bridge
  ip -n "$RUN-switch" link set sw0 up
  local n=0
  for host in "$@"; do
    n=$((n + 1))
    HOSTS+=("$host")
    ip netns add "$RUN-$host"
    ip -n "$RUN-$host" link add eth0 type veth peer name "p$n" netns "$RUN-switch"
    ip -n "$RUN-switch" link set "p$n" master sw0 up
    ip -n "$RUN-$host" addr add "10.99.0.$n/24" dev eth0
    ip -n "$RUN-$host" link set eth0 up
    ip -n "$RUN-$host" link set lo up
    # Checksums as on a wire, segments no larger than a frame.
    ip netns exec "$RUN-$host" ethtool -K eth0 tx off rx off tso off gso off gro off >/dev/null 2>&1 || true
  done
  trap finish EXIT
}

on() {
  local host=$1
  shift
  ip netns exec "$RUN-$host" "$@"
}

record() {
  OUT=$RECORDED/$1
  ip netns exec "$RUN-switch" tcpdump -i sw0 -s0 -U -w "$WORK/recording.pcap" "${@:2}" 2>"$WORK/tcpdump.log" &
  RECORDER=$!
  until grep -q listening "$WORK/tcpdump.log"; do sleep 0.1; done
}

finish() {
  trap - EXIT
  if [ -n "$RECORDER" ]; then
    sleep 1
    kill -INT "$RECORDER" 2>/dev/null || true
    wait "$RECORDER" 2>/dev/null || true
    # editcap writes pcapng and leaves out the name and system of the machine that recorded.
    editcap --discard-capture-comment -F pcapng "$WORK/recording.pcap" "$OUT.pcapng"
  fi
  for host in "${HOSTS[@]}" switch; do
    ip netns pids "$RUN-$host" 2>/dev/null | xargs -r kill 2>/dev/null || true
    ip netns del "$RUN-$host" 2>/dev/null || true
  done
  rm -rf "$WORK"
}
