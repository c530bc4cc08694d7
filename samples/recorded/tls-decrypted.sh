#!/bin/bash
# A web server spoken to over TLS 1.2 and 1.3 in many cipher suites; the key log goes into the capture as a decryption secrets block.
# Debian packages: nginx-light curl openssl tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts web client
mkdir -p "$WORK/www" "$WORK/logs"
echo '<html><head><title>Backup console</title></head><body>3 jobs</body></html>' >"$WORK/www/index.html"
echo '{"jobs":["nightly","weekly","monthly"]}' >"$WORK/www/jobs.json"
head -c 6000 /dev/zero | tr '\0' 'b' >"$WORK/www/big.txt"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/O=Example/CN=console.example.com" \
  -addext "subjectAltName=DNS:console.example.com" -keyout "$WORK/ec.key" -out "$WORK/ec.pem" 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/O=Example/CN=console.example.com" \
  -addext "subjectAltName=DNS:console.example.com" -keyout "$WORK/rsa.key" -out "$WORK/rsa.pem" 2>/dev/null
cat >"$WORK/nginx.conf" <<END
daemon off; worker_processes 1; pid $WORK/nginx.pid; error_log $WORK/logs/error.log;
events {}
http {
  access_log off; client_body_temp_path $WORK/body; types { text/html html; application/json json; text/plain txt; }
  ssl_certificate $WORK/ec.pem; ssl_certificate_key $WORK/ec.key;
  ssl_certificate $WORK/rsa.pem; ssl_certificate_key $WORK/rsa.key;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0; ssl_early_data on; ssl_ecdh_curve X25519:prime256v1; ssl_session_cache shared:s:1m;
  server { listen 443 ssl http2; server_name console.example.com; root $WORK/www; }
}
END
chmod -R a+rX "$WORK"
on web nginx -p "$WORK" -c "$WORK/nginx.conf" 2>/dev/null &
until on web ss -ltn | grep -q :443; do sleep 0.1; done
record tls-decrypted

request() { printf 'GET %s HTTP/1.1\r\nHost: console.example.com\r\nUser-Agent: sample/1\r\nConnection: close\r\n\r\n' "$1"; }
KEYS=$WORK/keys.log
s_client() { # PATH, then options of s_client
  local path=$1
  shift
  { sleep 0.3; request "$path"; sleep 0.5; } | on client openssl s_client -connect 10.99.0.1:443 -servername console.example.com -alpn http/1.1 \
    -keylogfile "$KEYS" -quiet -no_ign_eof "$@" >/dev/null 2>&1 || true
}
# TLS 1.3 in its suites.
for suite in TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256; do
  s_client /index.html -tls1_3 -ciphersuites $suite
done
# After a HelloRetryRequest (the server knows no X448), and with new keys on the way (s_client's command K).
s_client /jobs.json -tls1_3 -groups X448:P-256
{ sleep 0.3; echo K; sleep 0.3; request /jobs.json; sleep 0.3; } | on client openssl s_client -connect 10.99.0.1:443 \
  -servername console.example.com -alpn http/1.1 -keylogfile "$KEYS" -no_ign_eof -tls1_3 >/dev/null 2>&1 || true
# A resumed session with early data.
s_client /jobs.json -tls1_3 -sess_out "$WORK/session.pem"
request /big.txt >"$WORK/early"
sleep 1 | on client openssl s_client -connect 10.99.0.1:443 -servername console.example.com -alpn http/1.1 -keylogfile "$KEYS" -quiet \
  -no_ign_eof -tls1_3 -sess_in "$WORK/session.pem" -early_data "$WORK/early" >/dev/null 2>&1 || true
# TLS 1.2: authenticated ciphers, then blocks with a MAC, MAC last and first, with and without extended master secret.
for suite in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-CCM \
  ECDHE-ECDSA-AES256-CCM8 ECDHE-RSA-AES128-SHA ECDHE-RSA-AES256-SHA384 AES256-SHA256; do
  s_client /index.html -tls1_2 -cipher "$suite"
done
s_client /jobs.json -tls1_2 -cipher AES128-SHA -no_etm
s_client /jobs.json -tls1_2 -sess_out "$WORK/session2.pem"
s_client /big.txt -tls1_2 -sess_in "$WORK/session2.pem"
# HTTP/2.
SSLKEYLOGFILE=$KEYS on client curl -sk --http2 --resolve console.example.com:443:10.99.0.1 -A backtrail-sample \
  https://console.example.com/jobs.json https://console.example.com/missing -d 'job=nightly&run=now' -o /dev/null || true
SSLKEYLOGFILE=$KEYS on client curl -sk --http2 --resolve console.example.com:443:10.99.0.1 -A backtrail-sample \
  https://console.example.com/index.html https://console.example.com/big.txt -o /dev/null -o /dev/null || true
OUT_KEYS=$(mktemp)
cp "$KEYS" "$OUT_KEYS"
finish
editcap --inject-secrets "tls,$OUT_KEYS" "$RECORDED/tls-decrypted.pcapng" "$RECORDED/tls-decrypted.tmp"
mv "$RECORDED/tls-decrypted.tmp" "$RECORDED/tls-decrypted.pcapng"
rm "$OUT_KEYS"
