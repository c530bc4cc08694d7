#!/bin/bash
# An iSCSI target (tgt) that holds a backup repository, with libiscsi and qemu-io as initiators: the targets are listed, a wrong CHAP
# password, a backup written and read back, a discard; then an intruder on the same host, with the same account, overwrites
# the first blocks and part of the backup, and unmaps the rest. Packages: tgt, libiscsi-bin, qemu-utils, qemu-block-extra, ethtool.
. "$(dirname "$0")/namespaces.sh"
hosts server client
IQN=iqn.2024-03.example:repo01.lun
export TGT_IPC_SOCKET=$WORK/tgt
on server tgtd -f -C 7 >"$WORK/tgtd.log" 2>&1 &
admin() { on server tgtadm -C 7 --lld iscsi "$@"; }
until admin --op show --mode system >/dev/null 2>&1; do sleep 0.2; done
truncate -s 64M "$WORK/repo.img"
admin --op new --mode target --tid 1 -T "$IQN"
admin --op new --mode logicalunit --tid 1 --lun 1 -b "$WORK/repo.img"
admin --op update --mode logicalunit --tid 1 --lun 1 --params vendor_id=EXAMPLE,product_id=Repository,product_rev=0002,scsi_sn=REPO01-0001,thin_provisioning=1
admin --op bind --mode target --tid 1 -I ALL
admin --op new --mode account --user svc_backup --password Herbst2024geheim
admin --op bind --mode account --tid 1 --user svc_backup
URL=iscsi://svc_backup%Herbst2024geheim@10.99.0.1/$IQN/1
io() { on client qemu-io -f raw "$@" >>"$WORK/io.log" 2>&1 || true; }
record iscsi tcp port 3260
on client iscsi-ls -i iqn.2024-03.example:backup01 -s iscsi://10.99.0.1 >"$WORK/ls.log" 2>&1 || true
on client iscsi-inq -i iqn.2024-03.example:backup01 "iscsi://svc_backup%wrong-password@10.99.0.1/$IQN/1" >/dev/null 2>&1 || true
on client iscsi-inq -i iqn.2024-03.example:backup01 "$URL" >/dev/null 2>&1 || true
# The nightly backup: 32 KiB from 1 MiB on, in four writes, and read back; a range given up.
io -c 'write -P 0x42 1M 8k' -c 'write -P 0x43 1032k 8k' -c 'write -P 0x44 1040k 8k' -c 'write -P 0x45 1048k 8k' -c 'flush' \
  -c 'read 1M 16k' -c 'read 1040k 16k' -c 'discard 8M 1M' "$URL"
# The intruder.
io -c 'write -P 0xee 0 4k' -c 'write -P 0xee 1032k 16k' -c 'write -z 1M 4k' -c 'discard 1M 4M' -c 'flush' "$URL"
