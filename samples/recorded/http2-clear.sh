#!/bin/bash
# HTTP/2 without TLS: with prior knowledge, and changed to from HTTP/1.1; uploads, padding, several streams, a pushed answer, trailers.
# Debian packages: nghttp2-server nghttp2-proxy nghttp2-client curl tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts web client
mkdir -p "$WORK/www"
echo '<html><head><title>Catalogue</title></head><body>two tapes</body></html>' >"$WORK/www/index.html"
echo '{"tapes":["A0001","A0002"]}' >"$WORK/www/tapes.json"
head -c 30000 /dev/zero | tr '\0' 'x' >"$WORK/www/volume.txt"
on web nghttpd --no-tls -d "$WORK/www" -b 40 --push=/index.html=/tapes.json --trailer 'x-checksum: 1f' 8080 >/dev/null 2>&1 &
until on web ss -ltn | grep -q :8080; do sleep 0.1; done
# nghttpd knows no change from HTTP/1.1; the proxy before it does.
on web nghttpx --no-ocsp -f '0.0.0.0,8081;no-tls' -b '127.0.0.1,8080;;proto=h2' --workers=1 --errorlog-file="$WORK/proxy.log" >/dev/null 2>&1 &
until on web ss -ltn | grep -q :8081; do sleep 0.1; done
record http2-clear

# Two streams on one connection, the second pushed; then a change from HTTP/1.1.
on client nghttp -n -H 'user-agent: sample/2' http://10.99.0.1:8080/index.html http://10.99.0.1:8080/tapes.json
on client nghttp -n -u --no-push -H 'user-agent: sample/2' http://10.99.0.1:8081/tapes.json
on client curl -s --http2-prior-knowledge -A sample/3 -u backup:secret -o /dev/null http://10.99.0.1:8080/volume.txt
head -c 5000 /dev/zero | tr '\0' 'u' >"$WORK/upload"
on client curl -s --http2-prior-knowledge -A sample/3 -e http://10.99.0.1:8080/index.html -H 'content-type: application/grpc' \
  --data-binary "@$WORK/upload" -o /dev/null http://10.99.0.1:8080/missing?name=a%20b
finish
