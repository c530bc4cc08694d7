#!/bin/bash
# A network block device (qemu-nbd) that holds a backup, with qemu-io as its client: a backup is written and read back; then
# an intruder overwrites part of it, zeroes and trims the rest; last an export that does not exist. Packages: qemu-utils, ethtool.
. "$(dirname "$0")/namespaces.sh"
hosts server client
truncate -s 64M "$WORK/repo.img"
on server qemu-nbd -f raw -x repo01 -t -e 4 --discard=unmap -b 10.99.0.1 "$WORK/repo.img" >"$WORK/nbd.log" 2>&1 &
io() { on client qemu-io -f raw "$@" >>"$WORK/io.log" 2>&1 || true; }
sleep 2
record nbd tcp port 10809
io -c 'write -P 0x42 1M 8k' -c 'write -P 0x43 1032k 8k' -c 'write -P 0x44 1040k 8k' -c 'flush' -c 'read 1M 24k' nbd://10.99.0.1/repo01
io -d unmap -c 'write -P 0xee 1032k 8k' -c 'write -z 1M 4k' -c 'discard 1M 4M' nbd://10.99.0.1/repo01
io -c 'read 0 512' nbd://10.99.0.1/repo02
