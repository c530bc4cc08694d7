#!/bin/bash
# NDMP between three hosts: the backup software has a filer send its data straight to a tape server, and two files come back the same way; then
# an intruder, with the same password, has the filer write something else over the tape. Amanda's ndmjob is all three. Package:
# amanda-common. The server packs files with wrap_tar below.
. "$(dirname "$0")/namespaces.sh"
hosts filer tapes backup intruder
cd "$WORK"
mkdir -p bin vol1/accounts vol2 restored
touch tape0
cat >"$WORK/bin/wrap_tar" <<'WRAP'
#!/bin/bash
for word in "$@"; do case $word in FILESYSTEM=*) fs=${word#FILESYSTEM=} ;; esac; done
if [ "$1" = -c ] || [ "$2" = -c ]; then
  (cd "$fs" && find . -type f | sort | xargs stat -c 'HF %n @0 f- m%a l%h s%s u%u g%g tm%Y i%i') >&3
  exec tar -C "$fs" --sort=name -cf - .
fi
echo "DR 0 18446744073709551615" >&3
tar -C "$fs" -xf - 2>/dev/null
exit 0
WRAP
chmod +x "$WORK/bin/wrap_tar"
for n in 1 2 3; do head -c 3000 /dev/urandom | base64 >"$WORK/vol1/accounts/$n.csv"; done
echo nothing >"$WORK/vol2/empty"
cat >"$WORK/ndmjob.conf" <<CONF
[butype tar]
v2attr 0x0
v3attr 0x1d
v4attr 0x1d
default_env TYPE tar

[tape Simulated]
device tape0
v3attr 0x0
v4attr 0x0
CONF
for host in filer tapes; do
  PATH=$WORK/bin:$PATH on $host /usr/lib/amanda/ndmjob -o daemon -p 10000 -o config-file="$WORK/ndmjob.conf" >"$WORK/$host.log" 2>&1 &
done
job() { # HOST MODE...
  on "$1" timeout 60 /usr/lib/amanda/ndmjob -o config-file=/dev/null "${@:2}" >>"$WORK/job.log" 2>&1 || true
}
FILER=10.99.0.1:10000/4m,ndmp,ndmp TAPES=10.99.0.2:10000/4m,ndmp,ndmp
sleep 1
record ndmp-three-way tcp
job backup -o init-labels -m NIGHT01 -T "$TAPES" -D "$TAPES" -f tape0
job backup -c -B tar -E FILESYSTEM=vol1 -m NIGHT01 -D "$FILER" -T "$TAPES" -f tape0 -E HIST=yes -I "$WORK/index"
job backup -x -B tar -E FILESYSTEM=restored -C / -m NIGHT01 -D "$FILER" -T "$TAPES" -f tape0 ./accounts/1.csv ./accounts/2.csv
job intruder -o init-labels -m GONE -T "$TAPES" -D "$TAPES" -f tape0
job intruder -c -B tar -E FILESYSTEM=vol2 -m GONE -D "$FILER" -T "$TAPES" -f tape0
