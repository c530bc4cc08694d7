#!/bin/bash
# Packages: samba samba-ad-dc samba-ad-provision winbind smbclient samba-common-bin krb5-user tcpdump tshark ethtool iproute2
# A domain controller asked over sealed DCE/RPC with NTLM, SPNEGO and Kerberos, on TCP and in an encrypted SMB pipe, and over sealed LDAP.
# rpc-sealed.secrets has an account's NT hash, rpc-sealed.keytab the domain controller's keys.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts dc client

state=$WORK/dc
mkdir -p "$state"
chmod 755 "$WORK"
samba-tool domain provision --targetdir="$state" --realm=CORP.EXAMPLE --domain=CORP --server-role=dc --dns-backend=SAMBA_INTERNAL \
  --adminpass='Admin-Pass-1' --host-name=DC01 --host-ip=10.99.0.1 --option='interfaces=eth0' --option='bind interfaces only=yes' \
  --option='server services = s3fs, rpc, ldap, cldap, kdc, winbindd' --option='ldap server require strong auth = no' >"$WORK/provision.log" 2>&1
conf=$state/etc/smb.conf
samba-tool spn add ldap/dc01.corp.example 'DC01$' -s "$conf" >/dev/null 2>&1 || true
rm -f "$RECORDED/rpc-sealed.keytab"
samba-tool domain exportkeytab "$RECORDED/rpc-sealed.keytab" -s "$conf" --principal='DC01$' >/dev/null 2>&1
samba-tool user getpassword Administrator -H "$state/private/sam.ldb" -s "$conf" --attributes=unicodePwd 2>/dev/null |
  awk '/^unicodePwd::/ { print $2 }' | base64 -d | od -An -tx1 | tr -d ' \n' | sed 's/^/CORP\\Administrator:/; s/$/\n/' >"$RECORDED/rpc-sealed.secrets"
chmod 644 "$RECORDED/rpc-sealed.keytab"
on dc samba -F --no-process-group -s "$conf" </dev/null >"$WORK/samba.log" 2>&1 &
until on client bash -c 'exec 3<>/dev/tcp/10.99.0.1/135' 2>/dev/null; do sleep 0.3; done
until on client bash -c 'exec 3<>/dev/tcp/10.99.0.1/445' 2>/dev/null; do sleep 0.3; done
until on client bash -c 'exec 3<>/dev/tcp/10.99.0.1/88' 2>/dev/null; do sleep 0.3; done
sleep 3
cat >"$WORK/krb5.conf" <<END
[libdefaults]
  default_realm = CORP.EXAMPLE
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
[realms]
  CORP.EXAMPLE = {
    kdc = 10.99.0.1
  }
[domain_realm]
  .corp.example = CORP.EXAMPLE
END
export KRB5_CONFIG=$WORK/krb5.conf KRB5CCNAME=$WORK/cc
cat >"$WORK/client.conf" <<END
[global]
  workgroup = CORP
  realm = CORP.EXAMPLE
  netbios name = SCOUT
  private dir = $WORK
  state directory = $WORK
  lock directory = $WORK
  cache directory = $WORK
END
printf '10.99.0.1 dc01.corp.example dc01\n' >"$WORK/hosts"
inside() { on client unshare -m bash -c 'mount --bind "$1" /etc/hosts; shift; exec "$@"' - "$WORK/hosts" "$@"; }

record rpc-sealed
inside bash -c 'echo Admin-Pass-1 | kinit Administrator' >/dev/null
what='enumdomusers;queryuser Administrator'
rpc() { inside rpcclient -s "$WORK/client.conf" "$@" -c "$what" >/dev/null || true; }
rpc "ncacn_ip_tcp:dc01.corp.example[seal,ntlm]" -U 'CORP\Administrator%Admin-Pass-1' --use-kerberos=off
rpc "ncacn_ip_tcp:dc01.corp.example[seal,spnego]" -U 'CORP\Administrator%Admin-Pass-1' --use-kerberos=off
rpc "ncacn_ip_tcp:dc01.corp.example[seal,krb5]" -U 'Administrator@CORP.EXAMPLE%Admin-Pass-1' --use-kerberos=required
rpc "ncacn_ip_tcp:dc01.corp.example[sign,spnego]" -U 'CORP\Administrator%Admin-Pass-1' --use-kerberos=off
rpc "ncacn_np:dc01.corp.example[seal,spnego]" -U 'Administrator@CORP.EXAMPLE%Admin-Pass-1' --use-kerberos=required --client-protection=encrypt
look() { inside samba-tool user show Administrator --attributes=memberOf -H ldap://dc01.corp.example -s "$WORK/client.conf" "$@" >/dev/null || true; }
look -U 'Administrator@CORP.EXAMPLE%Admin-Pass-1' --use-kerberos=required
look -U 'CORP\Administrator%Admin-Pass-1' --use-kerberos=off
ip netns pids "$RUN-dc" | xargs -r kill || true
sleep 2
finish
