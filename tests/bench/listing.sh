#!/usr/bin/env bash
# Measures listings of a million keys beside the peers that are installed, in one run on one machine, and prints a Markdown
# table: seconds, CPU seconds, peak MiB, and how many times as long as daypass. Peers: s5cmd, rclone, aws.
#
#   tests/bench/listing.sh [KEYS] [LATENCY_MS] [LAYOUT]
set -euo pipefail
cd "$(dirname "$0")/../.."
keys=${1:-1000000} latency=${2:-0} layout=${3:-flat}
cargo build --quiet --release --bin daypass --example listing-store
port=$((20000 + RANDOM % 20000))
target/release/examples/listing-store --keys "$keys" --latency "$latency" --layout "$layout" --port "$port" >/dev/null &
store=$!
home=$(mktemp -d)
trap 'kill $store; rm -rf "$home"' EXIT
export HOME=$home AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
until curl -sf "$AWS_ENDPOINT_URL/requests" >/dev/null; do sleep 0.1; done

echo "$keys keys, $layout, $latency ms a request, $(nproc) cores"
echo
echo "| command | wall s | CPU s | peak MiB | × daypass |"
echo "|---|---|---|---|---|"
first=""
row() { # NAME COMMAND…: the median of three runs
    local name=$1 line
    shift
    command -v "$1" >/dev/null || return 0
    line=$(for _ in 1 2 3; do
        /usr/bin/time -o "$home/time" -f "%e %U %S %M" "$@" >/dev/null 2>"$home/errors" || { tail -1 "$home/errors" >&2; return 0; }
        cat "$home/time"
    done | sort -n | sed -n 2p)
    first=${first:-${line%% *}}
    awk -v name="$name" -v first="$first" \
        '{ printf "| %s | %.2f | %.2f | %d | %.1f |\n", name, $1, $2 + $3, $4 / 1024, $1 / first }' <<<"$line"
}
rclone_config=(--s3-provider Other --s3-env-auth --s3-endpoint "$AWS_ENDPOINT_URL" --s3-force-path-style)
row "daypass du --concurrency 32" target/release/daypass du --path-style --concurrency 32 s3://bench/
row "daypass ls -r --concurrency 32" target/release/daypass ls -r --path-style --concurrency 32 s3://bench/
row "daypass du --concurrency 1" target/release/daypass du --path-style --concurrency 1 s3://bench/
row "s5cmd du" s5cmd --endpoint-url "$AWS_ENDPOINT_URL" du 's3://bench/*'
row "s5cmd ls" s5cmd --endpoint-url "$AWS_ENDPOINT_URL" ls 's3://bench/*'
row "rclone size" rclone "${rclone_config[@]}" size :s3:bench
row "rclone size --checkers 32, by folder" rclone "${rclone_config[@]}" size --disable ListR --checkers 32 :s3:bench
row "aws s3 ls --recursive" aws s3 ls --recursive s3://bench/
