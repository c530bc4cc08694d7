#!/bin/bash
# A FreeRADIUS server asked by a network access server: PAP, CHAP, MS-CHAP, EAP-MD5, a refusal, accounting.
# Packages: freeradius freeradius-utils iproute2 tcpdump ethtool wireshark-common
source "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"

hosts server nas
cp -rL /etc/freeradius/3.0 "$WORK/raddb"
chmod -R u+rw "$WORK/raddb"
cat >"$WORK/raddb/clients.conf" <<CONF
client nas {
  ipaddr = 10.99.0.0/24
  secret = sample-secret
}
CONF
cat >"$WORK/raddb/mods-config/files/authorize" <<CONF
backupadmin Cleartext-Password := "Winter-2024"
  Framed-IP-Address = 10.99.7.3,
  Reply-Message = "Welcome to the backup network"
CONF
sed -i "s/^\(\s*\)\(user\|group\) = .*/\1\2 = root/" "$WORK/raddb/radiusd.conf"
rm -f "$WORK/raddb/sites-enabled/inner-tunnel"
on server freeradius -f -d "$WORK/raddb" -l "$WORK/radius.log" &
until grep -q "Ready to process" "$WORK/radius.log" 2>/dev/null; do sleep 0.2; done

record radius udp portrange 1812-1813
# Asks the server: radclient KIND, attributes on standard input.
ask() { on nas radclient -x "10.99.0.1:$1" "$2" sample-secret >/dev/null || true; }
common='NAS-IP-Address = 10.99.0.2, NAS-Identifier = "vpn01", Service-Type = Login-User, Calling-Station-Id = "00-14-22-E9-54-5E"'
echo "User-Name = backupadmin, User-Password = Winter-2024, Connect-Info = \"CONNECT 54Mbps\", $common" | ask 1812 auth
echo "User-Name = backupadmin, User-Password = guess, $common" | ask 1812 auth
echo "User-Name = backupadmin, CHAP-Password = Winter-2024, $common" | ask 1812 auth
echo "User-Name = backupadmin, MS-CHAP-Password = Winter-2024, $common" | ask 1812 auth
echo "User-Name = backupadmin, Cleartext-Password = Winter-2024, EAP-Code = Response, EAP-Id = 210, EAP-Type-Identity = backupadmin, Message-Authenticator = 0x00, $common" |
  on nas radeapclient -x 10.99.0.1:1812 auth sample-secret >/dev/null || true
session='User-Name = backupadmin, NAS-IP-Address = 10.99.0.2, Acct-Session-Id = "00000012", Framed-IP-Address = 10.99.7.3'
echo "Acct-Status-Type = Start, $session" | ask 1813 acct
echo "Acct-Status-Type = Stop, Acct-Session-Time = 3600, Acct-Input-Octets = 1200000, Acct-Output-Octets = 98000000, Acct-Terminate-Cause = User-Request, $session" | ask 1813 acct
finish
