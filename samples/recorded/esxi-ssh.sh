#!/bin/bash
# SSH on a hypervisor, with stand-ins: vsphere-server.py answers vSphere calls, OpenSSH offers the algorithms of ESXi's published configuration. An
# administrator's command; an intruder finds SSH closed, has it started through the interface, copies a program up, types in a shell, and runs it.
# Debian packages: openssh-server openssh-client expect python3 curl tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts esx admin intruder
on esx python3 "$RECORDED/vsphere-server.py" 0.0.0.0 80 &
until on esx ss -ltn | grep -q ':80 '; do sleep 0.1; done
ssh-keygen -q -t rsa -N '' -f "$WORK/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
mkdir -p /run/sshd
head -c 60000 /dev/urandom >"$WORK/program"
cat >"$WORK/type" <<'END'
set send_human {.12 .25 1.4 .05 .9}
set timeout 20
eval spawn $argv
foreach line {"id" "df -h"} {
  expect -re {[#$>] ?$}
  sleep 0.6
  send -h "$line\r"
}
expect -re {[#$>] ?$}
sleep 1
send -h "exit\r"
expect eof
END
sshd() {
  on esx /usr/sbin/sshd -f /dev/null -p 22 -h "$WORK/hostkey" -o PidFile="$WORK/sshd.pid" -o StrictModes=no -o AuthorizedKeysFile="$WORK/key.pub" \
    -o Subsystem="sftp internal-sftp" -o PrintMotd=no -o VersionAddendum=none -o DebianBanner=no \
    -o Ciphers=aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr -o MACs=hmac-sha2-256,hmac-sha2-512 \
    -o KexAlgorithms=ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521
  until on esx ss -ltn | grep -q ':22 '; do sleep 0.1; done
}
call() { # METHOD TYPE OBJECT PARAMETERS
  printf '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><%s xmlns="urn:vim25"><_this type="%s">%s</_this>%s</%s></soapenv:Body></soapenv:Envelope>' \
    "$1" "$2" "$3" "${4:-}" "$1" >"$WORK/call"
  on intruder curl -s -o /dev/null -A "VMware-client/8.0.1" -b "$WORK/cookies" -c "$WORK/cookies" -H 'Content-Type: text/xml; charset=utf-8' \
    -H 'SOAPAction: "urn:vim25/8.0.1.0"' --data-binary "@$WORK/call" http://10.99.0.1/sdk
}
TO=root@10.99.0.1
OPTIONS="-F none -i $WORK/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=$WORK/known -o LogLevel=ERROR"
record esxi-ssh

# The administrator, while SSH is open for support; then it is closed.
sshd
on admin ssh $OPTIONS $TO 'uname -a' >/dev/null
kill "$(cat "$WORK/sshd.pid")"

# The intruder.
on intruder ssh $OPTIONS $TO 'uname -a' 2>/dev/null || true
call Login SessionManager ha-sessionmgr "<userName>root</userName><password>right</password>"
call StartService HostServiceSystem serviceSystem '<id>TSM-SSH</id>'
sshd
on intruder scp $OPTIONS "$WORK/program" $TO:"$WORK/copied"
on intruder env TERM=xterm HOME="$WORK" expect "$WORK/type" ssh $OPTIONS $TO >/dev/null || true
on intruder ssh $OPTIONS $TO "wc -c $WORK/copied; ls /var" >/dev/null
finish
