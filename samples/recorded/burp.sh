#!/bin/bash
# BURP: a client signs up at the server, which signs its certificate, backs up twice, lists and restores; a client with a wrong password is
# refused; an intruder on the client's host deletes the older backup; last a listing over TLS 1.2, which shows the certificate. Everything
# is inside TLS; the client's keys are in the capture, but for the last. Packages: burp, openssl, gcc, libssl-dev, wireshark-common.
. "$(dirname "$0")/namespaces.sh"
hosts server client
mkdir -p "$WORK"/{server/clients,spool,client,data,restored,guess}
for n in 1 2; do head -c 3000 /dev/urandom | base64 >"$WORK/data/ledger-$n.csv"; done
sed "s#/etc/burp/CA#$WORK/server/CA#; s#/etc/burp#$WORK/server#" /etc/burp/CA.cnf >"$WORK/server/CA.cnf"
cat >"$WORK/server/burp-server.conf" <<CONF
mode = server
listen = 10.99.0.1:4971
listen_status = 127.0.0.1:4972
directory = $WORK/spool
dedup_group = global
clientconfdir = $WORK/server/clients
pidfile = $WORK/server/burp.pid
hardlinked_archive = 0
working_dir_recovery_method = delete
max_children = 5
max_status_children = 5
umask = 0022
syslog = 0
stdout = 1
client_can_delete = 1
client_can_force_backup = 1
client_can_list = 1
client_can_restore = 1
client_can_verify = 1
keep = 7
ca_conf = $WORK/server/CA.cnf
ca_name = burpCA
ca_server_name = burpserver
ca_burp_ca = /usr/sbin/burp_ca
ssl_cert_ca = $WORK/server/ssl_cert_ca.pem
ssl_cert = $WORK/server/ssl_cert-server.pem
ssl_key = $WORK/server/ssl_cert-server.key
ssl_key_password = made-up
ssl_dhfile = $WORK/server/dhfile.pem
CONF
echo 'password = client-pw' >"$WORK/server/clients/nas01"
openssl dhparam -dsaparam -out "$WORK/server/dhfile.pem" 2048 2>/dev/null
client_conf() {
  cat >"$WORK/$1/burp.conf" <<CONF
mode = client
server = 10.99.0.1:4971
password = $2
cname = nas01
pidfile = $WORK/$1/burp.pid
syslog = 0
stdout = 1
progress_counter = 0
ca_burp_ca = /usr/sbin/burp_ca
ca_csr_dir = $WORK/$1/CA
ssl_cert_ca = $WORK/$1/ssl_cert_ca.pem
ssl_cert = $WORK/$1/ssl_cert-client.pem
ssl_key = $WORK/$1/ssl_cert-client.key
ssl_key_password = made-up
ssl_peer_cn = burpserver
include = $WORK/data
CONF
}
client_conf client client-pw
client_conf guess guessed
on server burp -F -c "$WORK/server/burp-server.conf" >"$WORK/server.log" 2>&1 &
client() { local which=$1; shift; on client timeout 60 env LD_PRELOAD="$WORK/keylog.so" KEYLOG="$WORK/keys.log" burp -c "$WORK/$which/burp.conf" "$@" >>"$WORK/client.log" 2>&1 || true; }
# BURP writes no key log; a library loaded before OpenSSL's does.
cat >"$WORK/keylog.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
static void log_keys(const SSL *ssl, const char *line) {
  FILE *f = fopen(getenv("KEYLOG"), "a");
  if (f) { fprintf(f, "%s\n", line); fclose(f); }
}
SSL *SSL_new(SSL_CTX *ctx) {
  if (getenv("KEYLOG")) SSL_CTX_set_keylog_callback(ctx, log_keys);
  return ((SSL * (*)(SSL_CTX *)) dlsym(RTLD_NEXT, "SSL_new"))(ctx);
}
C
gcc -shared -fPIC -o "$WORK/keylog.so" "$WORK/keylog.c" -ldl
cat >"$WORK/tls12.cnf" <<'CNF'
openssl_conf = o
[o]
ssl_conf = s
[s]
system_default = d
[d]
MaxProtocol = TLSv1.2
CNF
sleep 12
record burp tcp port 4971
client client -a b
head -c 3000 /dev/urandom | base64 >"$WORK/data/ledger-3.csv"
client client -a b
client client -a l
client client -a r -b 2 -d "$WORK/restored"
client guess -a l
client client -a delete -b 1
on client timeout 60 env OPENSSL_CONF="$WORK/tls12.cnf" burp -c "$WORK/client/burp.conf" -a l >>"$WORK/client.log" 2>&1 || true
cp "$WORK"/*.log /tmp/s4/
KEYS=$WORK/keys.log
OUT_KEYS=$(mktemp)
cp "$KEYS" "$OUT_KEYS"
finish
editcap --inject-secrets "tls,$OUT_KEYS" "$RECORDED/burp.pcapng" "$RECORDED/burp.tmp"
mv "$RECORDED/burp.tmp" "$RECORDED/burp.pcapng"
rm "$OUT_KEYS"
