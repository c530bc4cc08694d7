#!/bin/bash
# DHCP with two servers, one of which is not meant to be there. Packages: isc-dhcp-server isc-dhcp-client udhcpc
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server rogue desk guest
serve() { # HOST FIRST LAST DNS
  cat >"$WORK/$1.conf" <<CONF
default-lease-time 600; max-lease-time 900; authoritative;
option domain-name "corp.example"; option domain-name-servers $4;
option wpad code 252 = text;
subnet 10.99.0.0 netmask 255.255.255.0 { range 10.99.0.$2 10.99.0.$3; option routers 10.99.0.1; option wpad "http://$4/wpad.dat"; }
CONF
  : >"$WORK/$1.leases"
  on "$1" dhcpd -4 -q -f -cf "$WORK/$1.conf" -lf "$WORK/$1.leases" -pf "$WORK/$1.pid" eth0 2>/dev/null &
}
record dhcp udp
serve server 100 120 10.99.0.1
sleep 2
cat >"$WORK/client.conf" <<'CONF'
send host-name "desk-07"; send vendor-class-identifier "MSFT 5.0"; send dhcp-requested-address 10.99.0.110;
request subnet-mask, routers, domain-name, domain-name-servers, netbios-name-servers;
CONF
on desk ip addr flush dev eth0
on desk ip route add default dev eth0
on desk dhclient -4 -1 -q -sf /bin/true -cf "$WORK/client.conf" -lf "$WORK/desk.leases" -pf "$WORK/desk.pid" eth0
serve rogue 200 220 10.99.0.2
sleep 2
on guest ip addr flush dev eth0
on guest ip route add default dev eth0
on guest udhcpc -f -q -n -i eth0 -s /bin/true -x hostname:guest-laptop -V "udhcp 1.36" >/dev/null 2>&1
on desk dhclient -4 -q -r -sf /bin/true -cf "$WORK/client.conf" -lf "$WORK/desk.leases" -pf "$WORK/desk.pid" eth0
finish
