#!/bin/bash
# NDMP with Amanda's ndmjob as backup software and as server of data and tape: queries in versions 2, 3 and 4 with each type of
# authentication, a wrong password, a tape that gets its label, a backup to it and a restore of two files, and an intruder who knows the
# password, reads the label and puts one of his own over it. Package: amanda-common. The server packs files with wrap_tar below.
. "$(dirname "$0")/namespaces.sh"
hosts filer backup intruder
cd "$WORK"
mkdir -p bin vol1/accounts restored
touch tape0 local0
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
PATH=$WORK/bin:$PATH on filer /usr/lib/amanda/ndmjob -o daemon -p 10000 -o config-file="$WORK/ndmjob.conf" >"$WORK/daemon.log" 2>&1 &
job() { # HOST MODE...
  on "$1" timeout 60 /usr/lib/amanda/ndmjob -o config-file=/dev/null "${@:2}" >>"$WORK/job.log" 2>&1 || true
}
sleep 1
record ndmp tcp
for flags in 2t 3n 3t 4m; do job backup -q -D "10.99.0.1:10000/$flags,ndmp,ndmp" -T "10.99.0.1:10000/$flags,ndmp,ndmp" -f tape0; done
job intruder -q -D 10.99.0.1:10000/4t,ndmp,Winter2024
FILER=10.99.0.1:10000/4m,ndmp,ndmp
job backup -o init-labels -m NIGHT01 -D "$FILER" -f tape0
# The filer writes to its own tape.
job backup -c -B tar -E FILESYSTEM=vol1 -m NIGHT01 -D "$FILER" -T "$FILER" -f tape0 -E HIST=yes -I "$WORK/index"
# The backup host has the tape: the data goes over the network.
job backup -o init-labels -m NIGHT02 -D . -f local0
job backup -c -B tar -E FILESYSTEM=vol1 -m NIGHT02 -D "$FILER" -T . -f local0 -E HIST=yes -I "$WORK/index2"
job backup -x -B tar -E FILESYSTEM=restored -C / -m NIGHT02 -D "$FILER" -T . -f local0 ./accounts/1.csv ./accounts/2.csv
job intruder -l -m NIGHT01 -D 10.99.0.1:10000/3t,ndmp,ndmp -f tape0
job intruder -o init-labels -m GONE -D 10.99.0.1:10000/3t,ndmp,ndmp -f tape0
