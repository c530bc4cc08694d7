#!/bin/bash
# Packages: nfs-ganesha nfs-ganesha-vfs libnfs-utils rpcbind tcpdump tshark ethtool iproute2 python3-minimal
# A backup server writes, restores and prunes Veeam-named backups on an NFS server; an intruder lists the exports, then overwrites,
# truncates, renames and deletes them. Once with NFS 3 (portmapper and mount service), once with NFS 4.0.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server backup intruder

repo=$WORK/repo
mkdir -p "$repo" "$WORK/recovery"
chmod 755 "$WORK"
chmod 777 "$repo"
cat >"$WORK/ganesha.conf" <<EOF
NFS_CORE_PARAM { mount_path_pseudo = true; Protocols = 3,4; NFS_Port = 2049; MNT_Port = 20048; Rquota_Port = 875; NLM_Port = 32803; }
NFSv4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = "$WORK/recovery"; Minor_Versions = 0, 1, 2; }
EXPORT_DEFAULTS { SecType = sys; }
EXPORT {
  Export_Id = 1; Path = $repo; Pseudo = /backup; Access_Type = RW; Squash = no_root_squash; SecType = sys; Protocols = 3,4; Transports = TCP;
  FSAL { Name = VFS; }
}
EOF
on server rpcbind -f -w </dev/null >"$WORK/rpcbind.log" 2>&1 &
sleep 1
on server ganesha.nfsd -F -f "$WORK/ganesha.conf" -L "$WORK/ganesha.log" -p "$WORK/ganesha.pid" -N NIV_EVENT </dev/null >"$WORK/ganesha.out" 2>&1 &
for _ in $(seq 60); do
  on backup bash -c 'exec 3<>/dev/tcp/10.99.0.1/2049' 2>/dev/null && break
  sleep 0.5
done
tail -5 "$WORK/ganesha.log" >&2 || true

record nfs 'tcp or udp'
head -c 6000 /dev/urandom >"$WORK/full.vbk"
head -c 2000 /dev/urandom >"$WORK/increment.vib"
client() { on "$1" python3 "$RECORDED/nfs-client.py" "$2" 10.99.0.1 /backup "${@:3}"; }
for version in 3 4; do
  # Nightly backup, a restore, and the prune of an old increment.
  client backup $version mkdir "/v$version" -- put "$WORK/full.vbk" "/v$version/fs01.vbk" -- put "$WORK/increment.vib" "/v$version/fs01-old.vib" \
    -- put "$WORK/increment.vib" "/v$version/db01.vbk" -- put "$WORK/increment.vib" "/v$version/dc01.vbk" -- put "$WORK/increment.vib" "/v$version/web01.vbk"
  on backup nfs-cp "nfs://10.99.0.1/backup/v$version/fs01.vbk?version=$version" "$WORK/restored$version.vbk" || true
  cmp "$WORK/full.vbk" "$WORK/restored$version.vbk" || true
  client backup $version remove "/v$version/fs01-old.vib"
  # An intruder.
  [ $version = 4 ] || on intruder nfs-ls -D nfs://10.99.0.1 || true
  on intruder nfs-ls "nfs://10.99.0.1/backup/v$version/?version=$version" || true
  client intruder $version overwrite "/v$version/fs01.vbk" -- truncate "/v$version/db01.vbk" 0 \
    -- rename "/v$version/web01.vbk" "/v$version/web01.vbk.locked" -- remove "/v$version/dc01.vbk" -- remove "/v$version/none.vbk"
done
ls -l "$repo"/*
finish
