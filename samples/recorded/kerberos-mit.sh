#!/bin/bash
# A KDC of MIT's and its clients: log-on by password, without pre-authentication, by certificate, in a FAST tunnel; service
# tickets; a ticket in another's name; wrong passwords and unknown names; over UDP and TCP.
# Packages: krb5-kdc krb5-admin-server krb5-user krb5-pkinit openssl iproute2 tcpdump ethtool wireshark-common
source "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"

hosts kdc client
cd "$WORK"
certificate() { # NAME SUBJECT EXTENSIONS
  openssl req -new -newkey rsa:2048 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -days 3650 -out "$1.pem" -extfile <(echo "$3") 2>/dev/null
}
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Corp CA" -keyout ca.key -out ca.pem 2>/dev/null
certificate kdc "/CN=kdc01.corp.example" "keyUsage = digitalSignature
extendedKeyUsage = 1.3.6.1.5.2.3.5
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:kdc
[kdc]
realm = EXP:0,GeneralString:CORP.EXAMPLE
name = EXP:1,SEQUENCE:principal
[principal]
type = EXP:0,INTEGER:1
string = EXP:1,SEQUENCE:parts
[parts]
first = GeneralString:krbtgt
second = GeneralString:CORP.EXAMPLE"
certificate carol "/CN=carol" "keyUsage = digitalSignature
extendedKeyUsage = 1.3.6.1.5.2.3.4
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:user
[user]
realm = EXP:0,GeneralString:CORP.EXAMPLE
name = EXP:1,SEQUENCE:principal
[principal]
type = EXP:0,INTEGER:1
string = EXP:1,SEQUENCE:parts
[parts]
first = GeneralString:carol"
cat >krb5.conf <<CONF
[libdefaults]
  default_realm = CORP.EXAMPLE
  dns_lookup_kdc = false
  rdns = false
  dns_canonicalize_hostname = false
[realms]
  CORP.EXAMPLE = {
    kdc = 10.99.0.1
    pkinit_anchors = FILE:$WORK/ca.pem
  }
CONF
cat >kdc.conf <<CONF
[kdcdefaults]
  kdc_ports = 88
  kdc_tcp_ports = 88
[realms]
  CORP.EXAMPLE = {
    database_name = $WORK/principal
    key_stash_file = $WORK/stash
    acl_file = $WORK/acl
    max_renewable_life = 7d
    pkinit_identity = FILE:$WORK/kdc.pem,$WORK/kdc.key
    pkinit_anchors = FILE:$WORK/ca.pem
  }
[dbmodules]
  CORP.EXAMPLE = {
    db_library = db2
    database_name = $WORK/principal
  }
CONF
export KRB5_CONFIG=$WORK/krb5.conf KRB5_KDC_PROFILE=$WORK/kdc.conf KRB5CCNAME=FILE:$WORK/ccache
kdb5_util create -s -r CORP.EXAMPLE -P master >/dev/null
admin() { kadmin.local -r CORP.EXAMPLE -q "$1" >/dev/null 2>&1; }
admin "addprinc +requires_preauth -pw Winter-2024 alice"
admin "addprinc -requires_preauth -pw Summer-2024 legacy"
admin "addprinc +requires_preauth -nokey carol"
admin "addprinc +requires_preauth +ok_to_auth_as_delegate -pw Autumn-2024 svc_backup"
admin "addprinc -randkey cifs/backup01.corp.example"
admin "addprinc +requires_preauth -e aes256-cts:normal -pw Locked-2024 locked"
admin "modprinc -allow_tix locked"
on kdc krb5kdc -n -r CORP.EXAMPLE >/dev/null 2>&1 &
until on kdc ss -lnt | grep -q :88; do sleep 0.2; done

record kerberos-mit port 88
password() { on client kinit "${@:2}" <<<"$1" >/dev/null 2>&1 || true; }
password guess alice
password x nobody
password Locked-2024 locked
password Summer-2024 legacy
on client kinit -X X509_user_identity="FILE:$WORK/carol.pem,$WORK/carol.key" carol >/dev/null
password Winter-2024 -f -r 7d alice
on client kvno -q cifs/backup01.corp.example || true
on client kvno -q cifs/backup02.corp.example 2>/dev/null || true
# A log-on in the tunnel that alice's ticket opens.
cp ccache armor
password Autumn-2024 -T "FILE:$WORK/armor" svc_backup
on client kvno -q -U alice svc_backup || true
# The same over TCP.
sed -i 's/^  rdns = false/&\n  udp_preference_limit = 1/' krb5.conf
password Winter-2024 alice
on client kvno -q cifs/backup01.corp.example || true
finish
