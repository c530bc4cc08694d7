#!/bin/bash
# Packages: python3-winrm python3-impacket python3-requests-ntlm tcpdump tshark ethtool iproute2
# A command run over WinRM whose bodies are sealed under NTLM: pywinrm against a stand-in for the server (winrm-sealed-server.py).
# winrm-sealed.secrets has the account's NT hash.
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts server client
password=Remote-Pass-1
/usr/bin/python3 -c "from impacket.ntlm import compute_nthash; print('LAB\\\\operator:' + compute_nthash('$password').hex())" >"$RECORDED/winrm-sealed.secrets"
on server /usr/bin/python3 "$RECORDED/winrm-sealed-server.py" "$password" 2>"$WORK/server.log" &
until on client bash -c 'exec 3<>/dev/tcp/10.99.0.1/5985' 2>/dev/null; do sleep 0.2; done
# The client's library asks OpenSSL for MD4, which is in the legacy provider.
cat >"$WORK/openssl.cnf" <<END
openssl_conf = init
[init]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
END
record winrm-sealed 'tcp port 5985'
OPENSSL_CONF=$WORK/openssl.cnf on client /usr/bin/python3 - "$password" <<'END' || cat "$WORK/server.log"
import sys, winrm
session = winrm.Session("http://10.99.0.1:5985/wsman", auth=("LAB\\operator", sys.argv[1]), transport="ntlm", message_encryption="always")
print(session.run_cmd("vssadmin", ["delete", "shadows", "/all", "/quiet"]).std_out)
END
finish
