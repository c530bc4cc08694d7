#!/bin/bash
# FTP: vsftpd with lftp, curl and ftp (Debian: vsftpd, lftp, curl, openssl). An upload of a backup in passive mode, a listing and a
# download in extended passive mode, a download and a deletion in active mode, a failed log-on, an anonymous one, and a
# session that changes to TLS.
cd "$(dirname "$0")" && . ./namespaces.sh
hosts server client
SITE=/srv/ftpdemo
mkdir -p "$SITE/backup" "$WORK/empty"
chmod 755 "$WORK"
useradd --no-create-home --home-dir "$SITE" --shell /bin/bash ftpdemo 2>/dev/null || usermod --home "$SITE" ftpdemo
echo 'ftpdemo:Str0ng-Demo' | chpasswd
head -c 3000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 >"$SITE/backup/full-2024-02-29.vbk" 2>/dev/null
printf 'PK\003\004' | cat - "$SITE/backup/full-2024-02-29.vbk" | head -c 2000 >"$SITE/backup/config.zip"
chown -R ftpdemo "$SITE"
chmod 555 "$WORK/empty"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=ftp.demo -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
cat >"$WORK/vsftpd.conf" <<CONF
listen=YES
background=NO
local_enable=YES
write_enable=YES
anonymous_enable=YES
anon_root=$WORK/empty
secure_chroot_dir=$WORK/empty
pam_service_name=vsftpd
connect_from_port_20=YES
pasv_min_port=40000
pasv_max_port=40100
ssl_enable=YES
allow_anon_ssl=YES
force_local_logins_ssl=NO
force_local_data_ssl=NO
rsa_cert_file=$WORK/cert.pem
rsa_private_key_file=$WORK/key.pem
seccomp_sandbox=NO
xferlog_enable=NO
CONF
record ftp-transfers
on server vsftpd "$WORK/vsftpd.conf" &
sleep 1
head -c 5000 /dev/zero | openssl enc -aes-128-ctr -K 01 -iv 00 >"$WORK/full-2024-03-01.vbk" 2>/dev/null
on client curl -s --disable-epsv -T "$WORK/full-2024-03-01.vbk" ftp://ftpdemo:Str0ng-Demo@10.99.0.1/backup/
on client curl -s -o "$WORK/got" ftp://ftpdemo:Str0ng-Demo@10.99.0.1/backup/config.zip
on client curl -s -o "$WORK/list" ftp://ftpdemo:Str0ng-Demo@10.99.0.1/backup/
on client curl -s -o "$WORK/got" --ftp-port - --disable-eprt ftp://ftpdemo:Str0ng-Demo@10.99.0.1/backup/full-2024-02-29.vbk
on client lftp -u ftpdemo,Str0ng-Demo -e 'set ftp:ssl-allow no; set ftp:passive-mode no; cd backup; rm full-2024-02-29.vbk; mv config.zip gone.zip; ls; bye' 10.99.0.1 >/dev/null
on client curl -s ftp://ftpdemo:wrong@10.99.0.1/ || true
on client curl -s -o "$WORK/list" ftp://10.99.0.1/
on client curl -s -k --ssl-reqd -o "$WORK/list" ftp://ftpdemo:Str0ng-Demo@10.99.0.1/backup/
finish
rm -r "$SITE"
userdel ftpdemo
