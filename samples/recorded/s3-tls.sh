#!/bin/bash
# An S3 server behind TLS: objects uploaded one by one and in parts, one read back, an intruder's deletions one by one. The key log is kept beside
# the capture, to compare what sizes and timing show with what was said.
# Debian packages: curl npm openssl tcpdump wireshark-common iproute2 ethtool; from npm: s3rver 3.7.1
. "$(dirname "$0")/namespaces.sh"

hosts store backup intruder
npm install --silent --no-audit --no-fund --prefix "$WORK/npm" s3rver@3.7.1
mkdir "$WORK/objects"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/O=Example/CN=s3.backup.demo" \
  -addext "subjectAltName=DNS:s3.backup.demo" -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
on store "$WORK/npm/node_modules/.bin/s3rver" -d "$WORK/objects" -a 0.0.0.0 -p 9000 --configure-bucket backups --no-vhost-buckets \
  --key "$WORK/key.pem" --cert "$WORK/cert.pem" >/dev/null 2>&1 &
until on store ss -ltn | grep -q :9000; do sleep 0.1; done
record s3-tls
export SSLKEYLOGFILE=$RECORDED/s3-tls.secrets
rm -f "$SSLKEYLOGFILE"
B=https://s3.backup.demo:9000/backups
S=(-s -k --http1.1 --resolve s3.backup.demo:9000:10.99.0.1 -o /dev/null --aws-sigv4 aws:amz:us-east-1:s3 -u S3RVER:S3RVER
  -H "x-amz-content-sha256: UNSIGNED-PAYLOAD")

# Six objects over one connection, and one of them read back.
calls=()
for i in 1 2 3 4 5 6; do
  head -c 6000 /dev/urandom >"$WORK/$i.blk"
  calls+=(--next "${S[@]}" -T "$WORK/$i.blk" "$B/nightly/$i.blk")
done
on backup curl "${calls[@]:1}" --next "${S[@]}" "$B/nightly/3.blk"

# One object in four parts.
id=$(on backup curl "${S[@]}" -o - -X POST "$B/FS01.vbk?uploads" | sed -n 's/.*<UploadId>\(.*\)<\/UploadId>.*/\1/p')
calls=()
for part in 1 2 3 4; do
  head -c 9000 /dev/urandom >"$WORK/part$part"
  calls+=(--next "${S[@]}" -D "$WORK/head$part" -T "$WORK/part$part" "$B/FS01.vbk?partNumber=$part&uploadId=$id")
done
on backup curl "${calls[@]:1}"
{
  echo '<CompleteMultipartUpload>'
  for part in 1 2 3 4; do
    tag=$(sed -n 's/^[Ee][Tt]ag: *\(.*\)\r$/\1/p' "$WORK/head$part" | tail -1)
    echo "<Part><PartNumber>$part</PartNumber><ETag>$tag</ETag></Part>"
  done
  echo '</CompleteMultipartUpload>'
} >"$WORK/complete"
on backup curl "${S[@]}" -X POST --data-binary "@$WORK/complete" "$B/FS01.vbk?uploadId=$id"

# The intruder looks, then deletes one by one.
calls=(--next "${S[@]}" "$B?list-type=2")
for key in nightly/1.blk nightly/2.blk nightly/3.blk nightly/4.blk nightly/5.blk nightly/6.blk FS01.vbk; do
  calls+=(--next "${S[@]}" -X DELETE "$B/$key")
done
on intruder curl "${calls[@]:1}"
finish
