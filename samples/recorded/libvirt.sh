#!/bin/bash
# libvirtd over TCP with its test hypervisor, driven by virsh: a guest is listed, a snapshot made and restored; an intruder lists guests and
# volumes, deletes the snapshot and a volume, stops the guest and removes it, asks for a guest that does not exist. Packages:
# libvirt-daemon, libvirt-daemon-system, libvirt-clients.
. "$(dirname "$0")/namespaces.sh"
hosts hypervisor admin intruder
cat >"$WORK/libvirtd.conf" <<CONF
listen_tls = 0
listen_tcp = 1
listen_addr = "10.99.0.1"
auth_tcp = "none"
auth_unix_rw = "none"
unix_sock_dir = "$WORK/run"
CONF
mkdir -p "$WORK/run" "$WORK/home"
on hypervisor env XDG_RUNTIME_DIR="$WORK/run" libvirtd --listen -f "$WORK/libvirtd.conf" -p "$WORK/libvirtd.pid" >"$WORK/libvirtd.log" 2>&1 &
sleep 4
record libvirt tcp port 16509
virsh() { local host=$1; shift; on "$host" env HOME="$WORK/home" virsh -k 0 -c test+tcp://10.99.0.1/default "$@" >>"$WORK/virsh.log" 2>&1 || true; }
# The test hypervisor forgets all when nobody is connected any more: the administrator stays while the intruder is there.
{ printf '%s\n' list 'snapshot-create-as test before-update' 'snapshot-revert test before-update' \
  'vol-create-as default-pool backup.img 1M' 'vol-list default-pool'; sleep 8; } | virsh admin &
sleep 4
virsh intruder 'list --all; snapshot-list test; snapshot-delete test before-update; vol-delete backup.img default-pool; destroy test; undefine test; dominfo gone'
wait $!
