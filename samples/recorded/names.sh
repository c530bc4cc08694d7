#!/bin/bash
# Names by DNS (a signed zone, a zone transfer, an update), NetBIOS and multicast. Packages: bind9 bind9-dnsutils samba samba-common-bin
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client
mkdir -p "$WORK/named" "$WORK/smb"
cat >"$WORK/named/corp.zone" <<'ZONE'
$TTL 3600
@ SOA ns.corp.example. admin.corp.example. 1 3600 600 86400 300
@ NS ns
ns A 10.99.0.1
backup A 10.99.0.1
backup AAAA fd00::1
www CNAME backup
@ TXT "v=spf1 -all" "second string"
@ MX 10 backup
_veeam._tcp SRV 0 5 9392 backup
web HTTPS 1 . alpn=h2,h3 ipv4hint=10.99.0.1
ZONE
cat >"$WORK/named.conf" <<CONF
options { directory "$WORK/named"; listen-on { 10.99.0.1; }; listen-on-v6 { none; }; recursion no; pid-file "$WORK/named.pid"; session-keyfile "$WORK/session.key"; allow-transfer { any; }; version "named"; dnssec-validation no; };
controls { };
zone "corp.example" { type primary; file "corp.zone"; allow-update { any; }; dnssec-policy default; inline-signing yes; key-directory "$WORK/named"; };
CONF
on server named -f -u root -c "$WORK/named.conf" >/dev/null 2>&1 &
cat >"$WORK/smb.conf" <<CONF
[global]
workgroup = CORP
netbios name = BACKUP01
interfaces = eth0
bind interfaces only = yes
private dir = $WORK/smb
lock directory = $WORK/smb
state directory = $WORK/smb
cache directory = $WORK/smb
pid directory = $WORK/smb
ncalrpc dir = $WORK/smb
log file = $WORK/smb/log
CONF
sleep 4
record names port 53 or port 137
on server nmbd -F -s "$WORK/smb.conf" >/dev/null 2>&1 &
ask() { on client dig @10.99.0.1 +tries=1 +time=2 "$@" >/dev/null 2>&1 || true; }
ask www.corp.example A
ask BackUp.Corp.Example AAAA +norec
ask corp.example TXT +dnssec +subnet=192.0.2.0/24
ask corp.example DNSKEY +dnssec
ask nothing.corp.example A +dnssec
ask _veeam._tcp.corp.example SRV +nocookie
ask web.corp.example HTTPS
ask other.example A
ask version.bind TXT CH
ask corp.example AXFR
printf 'server 10.99.0.1\nzone corp.example\nupdate add rogue.corp.example 60 A 10.99.0.66\nsend\n' >"$WORK/update"
on client nsupdate "$WORK/update" >/dev/null 2>&1 || true
sleep 6
on client nmblookup -s "$WORK/smb.conf" -B 10.99.0.255 BACKUP01 >/dev/null 2>&1 || true
on client nmblookup -s "$WORK/smb.conf" -B 10.99.0.255 NOSUCHHOST >/dev/null 2>&1 || true
on client nmblookup -s "$WORK/smb.conf" -A 10.99.0.1 >/dev/null 2>&1 || true
finish
