#!/bin/bash
# An S3 server: restic backs up, restores, forgets and prunes; rclone copies an archive; an intruder turns protection off and deletes in bulk.
# Debian packages: restic rclone s3cmd curl npm tcpdump wireshark-common iproute2 ethtool; from npm: s3rver 3.7.1
. "$(dirname "$0")/namespaces.sh"

hosts store backup intruder
npm install --silent --no-audit --no-fund --prefix "$WORK/npm" s3rver@3.7.1
mkdir "$WORK/objects"
on store "$WORK/npm/node_modules/.bin/s3rver" -d "$WORK/objects" -a 0.0.0.0 -p 9000 --configure-bucket backups --no-vhost-buckets \
  >/dev/null 2>&1 &
until on store ss -ltn | grep -q :9000; do sleep 0.1; done
record s3

# Nightly backup: made, restored, forgotten and pruned.
unset AWS_CA_BUNDLE
export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER RESTIC_PASSWORD=made-up RESTIC_CACHE_DIR="$WORK/cache"
export RCLONE_S3_NO_HEAD=true RCLONE_S3_NO_CHECK_BUCKET=true
export RCLONE_CONFIG=/dev/null RCLONE_S3_PROVIDER=Other RCLONE_S3_ENDPOINT=http://10.99.0.1:9000 RCLONE_S3_ENV_AUTH=true
# This server knows no signed chunks and stores their framing too, so that restic alone reads back what is not what it wrote.
on backup restic -q -r s3:http://10.99.0.1:9000/backups/chunked init 2>/dev/null || true
# Through rclone bodies are sent as they are.
REPOSITORY=rclone::s3:backups/nightly
mkdir "$WORK/data"
head -c 500 /dev/urandom >"$WORK/data/ledger.db"
on backup restic -q -r "$REPOSITORY" init
on backup restic -q -r "$REPOSITORY" backup "$WORK/data"
on backup restic -q --no-lock -r "$REPOSITORY" restore latest --target "$WORK/restored"
on backup restic -q -r "$REPOSITORY" forget --prune latest
# A Veeam archive is put beside it, and copied on the server.
head -c 1200 /dev/urandom >"$WORK/FS01.vbk"
on backup rclone --config '' -q copyto "$WORK/FS01.vbk" :s3:backups/veeam/FS01.vbk
on backup rclone --config '' -q copyto :s3:backups/veeam/FS01.vbk :s3:backups/veeam/FS02.vbk
signed() {
  on intruder curl -s --max-time 10 -o /dev/null --aws-sigv4 aws:amz:us-east-1:s3 -u S3RVER:S3RVER -A intruder/1 \
    -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$@"
}
store=http://10.99.0.1:9000/backups

# The intruder: looks, reads, tries to turn protection off, encrypts a copy over itself, deletes in bulk.
signed "$store?list-type=2&prefix=veeam/"
signed "$store?versions"
signed "$store/veeam/FS01.vbk"
signed -X PUT --data-binary '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Suspended</Status></VersioningConfiguration>' "$store?versioning"
signed -X PUT --data-binary '<LifecycleConfiguration><Rule><ID>x</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>' "$store?lifecycle"
signed -X PUT --data-binary '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>' "$store?object-lock"
signed -X PUT --data-binary '<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2024-01-01T00:00:00Z</RetainUntilDate></Retention>' \
  -H 'x-amz-bypass-governance-retention: true' "$store/veeam/FS01.vbk?retention"
signed -X PUT --data-binary '<LegalHold><Status>OFF</Status></LegalHold>' "$store/veeam/FS01.vbk?legal-hold"
signed -X PUT -H 'x-amz-copy-source: /backups/veeam/FS02.vbk' -H 'x-amz-server-side-encryption-customer-algorithm: AES256' \
  "$store/veeam/FS02.vbk"
signed -X DELETE -H 'x-amz-bypass-governance-retention: true' "$store/veeam/FS01.vbk"
on intruder s3cmd --no-ssl --host=10.99.0.1:9000 --host-bucket=10.99.0.1:9000 --access_key=S3RVER --secret_key=S3RVER -q \
  --region=us-east-1 --config=/dev/null del --recursive --force s3://backups/nightly/
on intruder curl -s -o /dev/null -A intruder/1 -X DELETE --aws-sigv4 aws:amz:us-east-1:s3 \
  -u NOBODY:WRONG -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$store/veeam/FS02.vbk"
signed -X DELETE "$store"
finish
