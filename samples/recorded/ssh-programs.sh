#!/bin/bash
# Programs inside SSH: Borg, rsync, restic, and others that they must not be taken for. The server's port tells which.
#   ssh-programs.sh                              records the sample, with little data
#   ssh-programs.sh NAME CIPHER [MAC [DELAY]]    another one (5 MB, not kept) for the table "Programs inside SSH" of docs/protocols.md; DELAY is
#                                                milliseconds each way
# Packages: openssh-server openssh-client borgbackup rsync restic git rclone python3
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/namespaces.sh"
NAME=${1:-ssh-programs} CIPHER=${2:-chacha20-poly1305@openssh.com} MAC=${3:-hmac-sha2-256-etm@openssh.com} DELAY=${4:-0}
hosts server client
if [ "$DELAY" != 0 ]; then
  # The client's wire leaves the bridge and ends in a program that waits.
  ip -n "$RUN-switch" link add slow0 type veth peer name slow1
  ip -n "$RUN-switch" link set slow0 master sw0 up
  ip -n "$RUN-switch" link set slow1 up
  ip -n "$RUN-switch" link set p2 nomaster
  ip netns exec "$RUN-switch" /usr/bin/python3 "$HERE/slow-wire.py" slow1 p2 "$DELAY" 2>/dev/null &
fi
ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
mkdir -p /run/sshd "$WORK/data" "$WORK/more"
# One server listens on 16 ports at most.
for first in 2301 2313; do
  on server /usr/sbin/sshd -f /dev/null $(seq -f '-p %g' $first $((first + 11))) -h "$WORK/hostkey" -o AddressFamily=inet -o MaxStartups=50 \
    -o PidFile=none -o StrictModes=no -o AuthorizedKeysFile="$WORK/key.pub" -o Subsystem="sftp internal-sftp" -o PrintMotd=no
done
[ "$NAME" = ssh-programs ] && STEP=1500 || STEP=9000
for i in 1 2 3 4 5 6; do head -c $((STEP * i)) /dev/urandom >"$WORK/data/f$i.vbk"; done
head -c $STEP /dev/urandom >"$WORK/more/f0.vbk"
OPTIONS="-F none -i $WORK/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=$WORK/known -o LogLevel=ERROR -o Ciphers=$CIPHER -o MACs=$MAC"
TO=root@10.99.0.1
export HOME=$WORK BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes BORG_RSH="ssh $OPTIONS" \
  BORG_PASSPHRASE=made-up RESTIC_PASSWORD=made-up
record "$NAME" tcp portrange 2301-2324
run() { on client timeout 40 "$@" >>"$WORK/log" 2>&1 </dev/null || echo "failed: $*" >>"$WORK/log"; }
borg_at() { echo "ssh://$TO:$1$WORK/borg"; }
restic_at() { run restic -o sftp.command="ssh $OPTIONS -p $1 $TO -s sftp" -r "sftp:$TO:$WORK/restic" "${@:2}"; }
rsync_at() { run rsync -e "ssh $OPTIONS -p $1" "${@:2}"; }

run borg init -e repokey-blake2 "$(borg_at 2301)"
run borg create "$(borg_at 2302)::one" "$WORK/data"
head -c $((5 * STEP)) /dev/urandom >"$WORK/data/f7.vbk"
run borg create "$(borg_at 2302)::two" "$WORK/data"
run borg list "$(borg_at 2303)"
mkdir -p "$WORK/extracted"
(cd "$WORK/extracted" && run borg extract "$(borg_at 2304)::one")
run borg delete "$(borg_at 2305)::one"
run borg prune --keep-last 1 "$(borg_at 2305)"
rsync_at 2306 -a "$WORK/data/" "$TO:$WORK/r1/"
rsync_at 2306 -a "$WORK/data/" "$TO:$WORK/r1/"
rsync_at 2306 -az --delete "$WORK/data/" "$TO:$WORK/r2/"
rsync_at 2307 -a "$TO:$WORK/r1/" "$WORK/r3/"
rsync_at 2307 -av --delete "$TO:$WORK/r1/" "$WORK/r4/"
restic_at 2308 init
restic_at 2309 backup "$WORK/data"
restic_at 2309 backup "$WORK/data" "$WORK/more"
restic_at 2310 snapshots
restic_at 2311 restore latest --target "$WORK/restored"
restic_at 2312 forget --keep-last 1 --prune
# What is none of them.
run scp $OPTIONS -P 2313 "$WORK/data/f5.vbk" "$TO:$WORK/s1"
run sh -c "tar c $WORK/data | ssh $OPTIONS -p 2318 $TO 'cat >$WORK/t.tar'"
run git init -q --bare "$WORK/g.git"
export GIT_SSH_COMMAND="ssh $OPTIONS"
run sh -c "cd $WORK/data && git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm x && git push -q ssh://$TO:2321$WORK/g.git HEAD:refs/heads/m"
run ssh $OPTIONS -p 2324 $TO 'hostname; ls -l /var'
[ "$NAME" != ssh-programs ] || exit 0
run scp -r $OPTIONS -P 2313 "$WORK/data" "$TO:$WORK/s2"
run scp -O $OPTIONS -P 2314 "$WORK/data/f5.vbk" "$TO:$WORK/s3"
run scp $OPTIONS -P 2315 "$TO:$WORK/data/f5.vbk" "$WORK/s4"
run sh -c "printf 'put $WORK/data/f6.vbk $WORK/s5\nls\n' | sftp $OPTIONS -b - -P 2316 $TO"
run sftp $OPTIONS -P 2317 "$TO:$WORK/data/f6.vbk" "$WORK/s6"
run ssh $OPTIONS -p 2319 $TO "tar c $WORK/data"
run ssh $OPTIONS -p 2320 $TO "ls -lR /etc | head -c $((10 * STEP))"
run git clone -q "ssh://$TO:2322$WORK/g.git" "$WORK/gc"
run rclone copy --sftp-host 10.99.0.1 --sftp-user root --sftp-port 2323 --sftp-key-file "$WORK/key" "$WORK/data" ":sftp:$WORK/rc"
run ssh $OPTIONS -p 2324 $TO 'cat >/dev/null'
