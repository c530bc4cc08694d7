#!/bin/bash
# OpenLDAP: binds, searches, every kind of write, StartTLS.
# Packages: slapd ldap-utils openssl iproute2 tcpdump ethtool wireshark-common
source "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"

hosts server client
mkdir "$WORK/db"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=dc01.corp.example" \
  -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
cat >"$WORK/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $WORK/slapd.pid
TLSCertificateFile $WORK/cert.pem
TLSCertificateKeyFile $WORK/key.pem
database mdb
maxsize 10485760
suffix "dc=corp,dc=example"
rootdn "cn=admin,dc=corp,dc=example"
rootpw Winter-2024
directory $WORK/db
CONF
slapadd -q -f "$WORK/slapd.conf" <<LDIF
dn: dc=corp,dc=example
objectClass: dcObject
objectClass: organization
o: Corp
dc: corp

dn: ou=Servers,dc=corp,dc=example
objectClass: organizationalUnit
ou: Servers

dn: cn=svc_backup,dc=corp,dc=example
objectClass: inetOrgPerson
cn: svc_backup
sn: backup
mail: backup@corp.example

dn: cn=operators,dc=corp,dc=example
objectClass: groupOfNames
cn: operators
member: cn=admin,dc=corp,dc=example
LDIF
on server slapd -f "$WORK/slapd.conf" -h ldap://10.99.0.1 -d 0 &
until on client ldapsearch -x -H ldap://10.99.0.1 -b "" -s base >/dev/null 2>&1; do sleep 0.2; done

record ldap-openldap "tcp port 389"
url=ldap://10.99.0.1
admin=(-x -H "$url" -D "cn=admin,dc=corp,dc=example" -w Winter-2024)
# Who is there: anonymously, then with a wrong password, then with the right one.
on client ldapsearch -x -H "$url" -b "" -s base namingContexts supportedSASLMechanisms >/dev/null
on client ldapsearch -x -H "$url" -D "cn=admin,dc=corp,dc=example" -w guess -b "dc=corp,dc=example" >/dev/null 2>&1 || true
on client ldapsearch "${admin[@]}" -E pr=2/noprompt -b "dc=corp,dc=example" \
  "(&(|(objectClass=person)(objectClass=groupOfNames))(!(cn=Bügel*))(|(mail=*@corp.example)(member=*)))" cn mail member >/dev/null
on client ldapwhoami "${admin[@]}" >/dev/null
# What an intruder changes.
on client ldapmodify "${admin[@]}" >/dev/null <<LDIF
dn: cn=operators,dc=corp,dc=example
changetype: modify
add: member
member: cn=svc_backup,dc=corp,dc=example

dn: cn=svc_backup,dc=corp,dc=example
changetype: modify
replace: mail
mail: intruder@elsewhere.example
-
add: description
description: veeam/backup01
LDIF
on client ldapadd "${admin[@]}" >/dev/null <<LDIF
dn: cn=helper,ou=Servers,dc=corp,dc=example
objectClass: inetOrgPerson
cn: helper
sn: helper
userPassword: Summer-2024
LDIF
on client ldappasswd "${admin[@]}" -s Autumn-2024 "cn=helper,ou=Servers,dc=corp,dc=example" >/dev/null
on client ldapcompare "${admin[@]}" "cn=helper,ou=Servers,dc=corp,dc=example" sn:helper >/dev/null || true
on client ldapmodrdn "${admin[@]}" -r -s "dc=corp,dc=example" "cn=helper,ou=Servers,dc=corp,dc=example" "cn=svc_update" >/dev/null
on client ldapdelete "${admin[@]}" "cn=svc_update,dc=corp,dc=example" >/dev/null
on client ldapdelete "${admin[@]}" "cn=svc_update,dc=corp,dc=example" >/dev/null 2>&1 || true
LDAPTLS_REQCERT=never on client ldapsearch -ZZ "${admin[@]}" -b "ou=Servers,dc=corp,dc=example" >/dev/null
finish
