#!/bin/bash
# Bacula: director, storage daemon, file daemon and console on hosts of their own, without TLS: a label, a backup, a restore, and an
# intruder with the console's password who purges and deletes the volume. Packages: bacula-director-sqlite3, bacula-sd, bacula-fd,
# bacula-console.
. "$(dirname "$0")/namespaces.sh"
hosts director storage client admin
cd "$WORK"
mkdir -p vols data restored d s f
chmod -R 777 .
for n in 1 2; do head -c 2000 /dev/urandom | base64 >"data/$n.csv"; done
cp /var/lib/bacula/bacula.db d/bacula.db
common() { echo "WorkingDirectory = $WORK/$1; Pid Directory = $WORK/$1; Maximum Concurrent Jobs = 5"; }
MESSAGES='Messages { Name = Standard; append = "/dev/null" = all }'
cat >dir.conf <<CONF
Director { Name = vault-dir; DIRport = 9101; QueryFile = "/etc/bacula/scripts/query.sql"; Password = "console-pw"; Messages = Standard
  $(common d) }
$MESSAGES
Catalog { Name = Cat; dbname = "bacula"; dbuser = ""; dbpassword = "" }
FileSet { Name = Accounts; Include { Options { signature = MD5 }
  File = $WORK/data } }
Client { Name = nas01-fd; Address = 10.99.0.3; FDPort = 9102; Catalog = Cat; Password = "fd-pw" }
Storage { Name = Vault; Address = 10.99.0.2; SDPort = 9103; Password = "sd-pw"; Device = Files; Media Type = File }
Pool { Name = Daily; Pool Type = Backup; Recycle = yes }
Job { Name = Nightly; Type = Backup; Level = Full; Client = nas01-fd; FileSet = Accounts; Storage = Vault; Pool = Daily; Messages = Standard }
Job { Name = Restore; Type = Restore; Client = nas01-fd; FileSet = Accounts; Storage = Vault; Pool = Daily; Messages = Standard; Where = $WORK/restored }
CONF
cat >sd.conf <<CONF
Storage { Name = vault-sd; SDPort = 9103; $(common s) }
Director { Name = vault-dir; Password = "sd-pw" }
Device { Name = Files; Media Type = File; Archive Device = $WORK/vols; LabelMedia = yes; Random Access = yes; AutomaticMount = yes; RemovableMedia = no; AlwaysOpen = no }
Messages { Name = Standard; director = vault-dir = all }
CONF
cat >fd.conf <<CONF
FileDaemon { Name = nas01-fd; FDport = 9102; $(common f) }
Director { Name = vault-dir; Password = "fd-pw" }
Messages { Name = Standard; director = vault-dir = all }
CONF
echo 'Director { Name = vault-dir; DIRport = 9101; address = 10.99.0.1; Password = "console-pw" }' >console.conf
sed s/console-pw/guessed/ console.conf >guess.conf
on storage bacula-sd -f -c "$WORK/sd.conf" >s.log 2>&1 &
on client bacula-fd -f -c "$WORK/fd.conf" >f.log 2>&1 &
on director bacula-dir -f -c "$WORK/dir.conf" >d.log 2>&1 &
console() { on "$1" timeout 60 bconsole -c "$WORK/console.conf" >>console.log 2>&1 || true; }
sleep 3
record bacula tcp
console admin <<'CMD'
label storage=Vault pool=Daily volume=Daily-0001
run job=Nightly yes
wait
list jobs
restore client=nas01-fd select all done yes
wait
CMD
echo 'quit' | on admin timeout 20 bconsole -c "$WORK/guess.conf" >>console.log 2>&1 || true
console client <<'CMD'
list volumes
purge volume=Daily-0001
delete volume=Daily-0001 yes
CMD
