# Hosts as network namespaces on one bridge, for the recording scripts: source this file.
#   hosts server client …   makes them as 10.99.0.1, 10.99.0.2, … in this order, each with loopback
#   on HOST COMMAND…        runs a command on a host
#   record NAME             starts recording what crosses the bridge into NAME.pcapng beside the scripts
#   smb_server HOST NAME ACCOUNT PASSWORD   starts samba under that NetBIOS name on port 445; by standard input come further global settings
#                           and then the shares; its state is in $WORK/state
#   finish                  stops the recording and takes everything down
# A host's processes end with its namespace. Names of the namespaces carry the script's process id, so scripts may run side by side, and what
# a script that was killed left behind is taken down by the next one.
set -euo pipefail
RECORDED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=bt$$
WORK=$(mktemp -d)
HOSTS=()
RECORDER=

# Ends the processes of namespaces and removes them.
take_down() {
  local name
  for name in "$@"; do ip netns pids "$name" 2>/dev/null | xargs -r kill 2>/dev/null || true; done
  for name in "$@"; do
    ip netns pids "$name" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
    ip netns del "$name" 2>/dev/null || true
  done
}

# Takes down what scripts left behind whose process is gone.
take_down_left() {
  local name pid
  for name in $(ip netns list | awk '/^bt[0-9]+-/ { print $1 }'); do
    pid=${name#bt}
    pid=${pid%%-*}
    kill -0 "$pid" 2>/dev/null || take_down "$name"
  done
}

hosts() {
  # First of all: whatever fails or is interrupted from here on leaves nothing behind.
  trap finish EXIT
  trap 'exit 130' INT TERM HUP
  take_down_left
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

smb_server() {
  mkdir -p "$WORK/state"
  {
    cat <<END
[global]
  netbios name = $2
  workgroup = LAB
  server role = standalone server
  interfaces = eth0
  bind interfaces only = yes
  disable netbios = yes
  smb ports = 445
  load printers = no
  printcap name = /dev/null
  map to guest = never
  private dir = $WORK/state
  state directory = $WORK/state
  cache directory = $WORK/state
  lock directory = $WORK/state
  pid directory = $WORK/state
END
    cat
  } >"$WORK/smb.conf"
  printf '%s\n%s\n' "$4" "$4" | smbpasswd -c "$WORK/smb.conf" -s -a "$3" >/dev/null
  # In a session of its own: when it ends, samba ends all processes of its group. A winbindd of this machine knows other accounts.
  setsid env _NO_WINBINDD=1 ip netns exec "$RUN-$1" smbd -F --no-process-group -s "$WORK/smb.conf" -l "$WORK/state" </dev/null >"$WORK/smbd.log" 2>&1 &
  local address
  address=$(ip -n "$RUN-$1" -4 -o addr show dev eth0 | awk '{ sub("/.*", "", $4); print $4; exit }')
  for _ in $(seq 150); do on "$1" bash -c "exec 3<>/dev/tcp/$address/445" 2>/dev/null && return; sleep 0.2; done
  echo "samba does not answer on $1: see $WORK/smbd.log" >&2
  return 1
}

finish() {
  local state=0
  trap - EXIT
  trap '' INT TERM HUP
  if [ -n "$RECORDER" ]; then
    sleep 1
    kill -INT "$RECORDER" 2>/dev/null || true
    wait "$RECORDER" 2>/dev/null || true
    # editcap writes pcapng and leaves out the name and system of the machine that recorded.
    editcap --discard-capture-comment -F pcapng "$WORK/recording.pcap" "$OUT.pcapng" || state=$?
  fi
  take_down "${HOSTS[@]/#/$RUN-}" "$RUN-switch"
  rm -rf "$WORK"
  return $state
}
