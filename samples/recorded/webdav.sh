#!/bin/bash
# WebDAV on Apache: rclone puts, lists and fetches archives and deletes the oldest; an intruder moves, copies, locks and deletes.
# Debian packages: apache2-bin rclone curl tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts server backup intruder
mkdir -p "$WORK/dav/Daily"
chmod -R 777 "$WORK"
modules=/usr/lib/apache2/modules
cat >"$WORK/apache.conf" <<CONF
ServerName 10.99.0.1
Listen 8081
ServerRoot $WORK
PidFile $WORK/apache.pid
ErrorLog $WORK/error.log
DocumentRoot $WORK/dav
DavLockDB $WORK/locks
User www-data
Group www-data
$(for module in mpm_event authn_core authn_file auth_basic authz_core authz_user dav dav_fs; do
  echo "LoadModule ${module}_module $modules/mod_$module.so"
done)
<Directory $WORK/dav>
  Dav On
  AuthType Basic
  AuthName backups
  AuthUserFile $WORK/users
  Require valid-user
</Directory>
CONF
echo "backup:$(openssl passwd -apr1 made-up)" >"$WORK/users"
on server apache2 -f "$WORK/apache.conf" -DFOREGROUND &
until on server ss -ltn | grep -q :8081; do sleep 0.1; done
record webdav

export RCLONE_WEBDAV_URL=http://10.99.0.1:8081 RCLONE_WEBDAV_USER=backup RCLONE_WEBDAV_VENDOR=other
RCLONE_WEBDAV_PASS=$(rclone obscure made-up)
export RCLONE_WEBDAV_PASS
for day in 1 2; do
  head -c 2000 /dev/urandom >"$WORK/FS0$day.vbk"
  on backup rclone --config '' -q copyto "$WORK/FS0$day.vbk" ":webdav:Daily/FS0$day.vbk"
done
on backup rclone --config '' -q lsl :webdav:Daily >/dev/null
on backup rclone --config '' -q copyto :webdav:Daily/FS02.vbk "$WORK/restored.vbk"
on backup rclone --config '' -q deletefile :webdav:Daily/FS01.vbk

ask() {
  on intruder curl -s --max-time 10 -o /dev/null -A intruder/1 -u backup:made-up "$@"
}
dav=http://10.99.0.1:8081/Daily
on intruder curl -s -o /dev/null -A intruder/1 -X PROPFIND -H 'Depth: 1' "$dav/"
ask -X PROPFIND -H 'Depth: infinity' "$dav/"
ask "$dav/FS02.vbk"
ask -X COPY -H "Destination: $dav/copy.vbk" "$dav/FS02.vbk"
ask -X LOCK -H 'Timeout: Second-60' -H 'Content-Type: application/xml' --data-binary \
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>' "$dav/copy.vbk"
ask -X DELETE "$dav/copy.vbk"
ask -X MOVE -H "Destination: $dav/FS02.vbk.locked" "$dav/FS02.vbk"
ask -X MKCOL "$dav/README"
ask -X DELETE "$dav/missing.vbk"
ask -X DELETE "$dav/"
finish
