#!/bin/bash
# The rsync daemon as a backup target: a nightly backup of a tree, a second one that is compressed and prunes, a restore; an intruder fetches all of
# it and then empties it by pushing an empty folder with --delete.
# Packages: rsync tcpdump tshark ethtool iproute2
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client intruder
mkdir -p "$WORK/repo" "$WORK/data/FS01/chain" "$WORK/data/DB01" "$WORK/empty" "$WORK/back" "$WORK/stolen"
chmod -R 777 "$WORK"
octets() { head -c "$1" /dev/zero | openssl enc -aes-128-ctr -K "$2" -iv 00 2>/dev/null; }
octets 40000 01 >"$WORK/data/FS01/FS01.vbk"
octets 3000 02 >"$WORK/data/FS01/chain/FS01-1.vib"
octets 3000 03 >"$WORK/data/FS01/chain/FS01-2.vib"
octets 2500 04 >"$WORK/data/DB01/DB01.bak"
echo list >"$WORK/data/readme.txt"
ln -s FS01/FS01.vbk "$WORK/data/latest"
cat >"$WORK/rsyncd.conf" <<CONF
use chroot = no
uid = root
gid = root
[vault]
path = $WORK/repo
read only = no
auth users = backup
secrets file = $WORK/secrets
CONF
echo 'backup:made-up' >"$WORK/secrets"
chmod 600 "$WORK/secrets"
on server rsync --daemon --no-detach --config="$WORK/rsyncd.conf" --port=873 &
until on server ss -ltn | grep -q ':873 '; do sleep 0.1; done
record rsync-daemon tcp port 873
export RSYNC_PASSWORD=made-up
VAULT=rsync://backup@10.99.0.1/vault
on client rsync -a "$WORK/data/" "$VAULT/nightly/"
rm "$WORK/data/FS01/chain/FS01-1.vib"
octets 3500 05 >"$WORK/data/FS01/chain/FS01-3.vib"
octets 41000 06 >"$WORK/data/FS01/FS01.vbk"
on client rsync -azv --delete "$WORK/data/" "$VAULT/nightly/" >"$WORK/second"
on client rsync -a "$VAULT/nightly/FS01" "$WORK/back/"
on intruder rsync -aH "$VAULT/nightly/" "$WORK/stolen/"
on intruder rsync -rv --delete "$WORK/empty/" "$VAULT/nightly/" >"$WORK/third"
[ -z "${SHOW:-}" ] || cat "$WORK/second" "$WORK/third"
finish
