#!/bin/bash
# Remote Desktop: a client with RDP's own security and RC4, one with TLS, one that only asks what the server speaks. Nobody is let in:
# no session manager runs, so the server shows its log-on form.
# Debian packages: xrdp freerdp2-x11 xvfb openssl
. "$(dirname "$0")/namespaces.sh"
hosts server client

openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=backup-console -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
serve() {
  sed -e "s|^port=.*|port=tcp://:$1|; s|^security_layer=.*|security_layer=$2|; s|^crypt_level=.*|crypt_level=high|" \
    -e "s|^certificate=.*|certificate=$WORK/cert.pem|; s|^key_file=.*|key_file=$WORK/key.pem|; s|^LogFile=.*|LogFile=$WORK/$2.log|" \
    -e 's|^EnableSyslog=.*|EnableSyslog=false|; s|^autorun=.*|autorun=|' /etc/xrdp/xrdp.ini >"$WORK/$2.ini"
  on server xrdp --nodaemon --config "$WORK/$2.ini" >/dev/null 2>&1 &
  until on server ss -ltn | grep -q ":$1 "; do sleep 0.1; done
}
serve 3389 rdp
serve 3390 tls
on client Xvfb :77 -screen 0 640x480x24 >/dev/null 2>&1 &
sleep 2

record rdp tcp
as() {
  on client env DISPLAY=:77 HOME="$WORK" timeout -s INT "$@" /u:backupadm /d:CORP /p:s3cret /cert:ignore /w:320 /h:200 /bpp:16 \
    >/dev/null 2>&1 || true
}
as 4 xfreerdp /v:10.99.0.1:3389 /sec:rdp /client-hostname:JUMPHOST /drive:loot,"$WORK" /clipboard
as 4 xfreerdp /v:10.99.0.1:3390 /sec:tls /client-hostname:JUMPHOST
as 4 xfreerdp /v:10.99.0.1:3389 /sec:nla
finish
