#!/bin/bash
# An S3 server: an archive is uploaded in a part and put together, read back, and deleted by an intruder; an upload in two parts is
# given up. This server takes parts under 5 MiB as the last one only, so that the upload that is put together has one.
# Debian packages: curl npm tcpdump wireshark-common iproute2 ethtool; from npm: s3rver 3.7.1
. "$(dirname "$0")/namespaces.sh"

hosts store backup intruder
npm install --silent --no-audit --no-fund --prefix "$WORK/npm" s3rver@3.7.1
mkdir "$WORK/objects"
on store "$WORK/npm/node_modules/.bin/s3rver" -d "$WORK/objects" -a 0.0.0.0 -p 9000 --configure-bucket backups --no-vhost-buckets \
  >/dev/null 2>&1 &
until on store ss -ltn | grep -q :9000; do sleep 0.1; done
record s3-multipart

store=http://10.99.0.1:9000/backups
signed() {
  local host=$1 agent=$2
  shift 2
  on "$host" curl -s --max-time 10 --aws-sigv4 aws:amz:us-east-1:s3 -u S3RVER:S3RVER -A "$agent" \
    -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$@"
}
upload_id() {
  signed backup backup/1 -X POST "$store/veeam/$1?uploads" | sed -n 's/.*<UploadId>\(.*\)<\/UploadId>.*/\1/p'
}
part() {
  signed backup backup/1 -X PUT --data-binary "@$WORK/$1" -D - -o /dev/null "$store/veeam/$2?partNumber=$3&uploadId=$4" |
    tr -d '\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: //p'
}
head -c 30000 /dev/urandom >"$WORK/FS01.vbk"
head -c 2000 /dev/urandom >"$WORK/FS02.vbk"

id=$(upload_id FS01.vbk)
etag=$(part FS01.vbk FS01.vbk 1 "$id")
signed backup backup/1 -o /dev/null -X POST --data-binary "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>$etag</ETag></Part></CompleteMultipartUpload>" \
  "$store/veeam/FS01.vbk?uploadId=$id"
signed backup backup/1 -o "$WORK/restored.vbk" "$store/veeam/FS01.vbk"
cmp "$WORK/FS01.vbk" "$WORK/restored.vbk"

id=$(upload_id FS02.vbk)
part FS02.vbk FS02.vbk 1 "$id" >/dev/null
part FS02.vbk FS02.vbk 2 "$id" >/dev/null
signed backup backup/1 -o /dev/null -X DELETE "$store/veeam/FS02.vbk?uploadId=$id"

signed intruder intruder/1 -o /dev/null -X DELETE "$store/veeam/FS01.vbk"
finish
