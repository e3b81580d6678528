# Sourced by the server scripts: how a server starts, how its script waits for it, and how everything ends.
#
# A server lives as long as the script's standard input stays open. A test holds the other end, so however it ends (done,
# panicked, killed) the server goes with it. By hand: run a script in a terminal and end it with ^D or ^C.

set -euo pipefail

(($# > 0)) || {
    sed -n '2,/^[^#]*$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
home=$1 # everything that the server writes; made here, removed at the end
mkdir -p "$home"
home=$(cd "$home" && pwd)
daemons=()

# daemon NAME COMMAND…: runs the command in the background, its output in $home/NAME.log.
daemon() {
    local name=$1
    shift
    "$@" </dev/null >"$home/$name.log" 2>&1 &
    daemons+=("$!")
}

# await LIMIT COMMAND…: waits until the command succeeds, at most LIMIT seconds; gives up at once when a daemon has died.
await() {
    local deadline=$((SECONDS + $1)) pid
    shift
    until "$@" >/dev/null 2>&1; do
        for pid in "${daemons[@]}"; do
            kill -0 "$pid" 2>/dev/null || fail "a daemon ended while waiting for: $*"
        done
        ((SECONDS < deadline)) || fail "gave up waiting for: $*"
        sleep 0.1
    done
}

# answers URL: whether something speaks HTTP there, whatever its status.
answers() {
    curl --silent --noproxy '*' --output /dev/null --max-time 2 "$1"
}

# serve ENDPOINT REGION ACCESS_KEY SECRET: tells the caller these, then keeps the server until standard input ends.
serve() {
    printf 'endpoint=%s\nregion=%s\naccess_key_id=%s\nsecret_access_key=%s\nready\n' "$@"
    while read -r _; do :; done
}

fail() {
    echo "$(basename "$0"): $1" >&2
    tail -n 8 "$home"/*.log >&2 || true
    exit 1
}

# Ends the daemons, the last one first, and forgets what they wrote. One that ignores SIGTERM for 5 s is killed.
end() {
    trap '' INT TERM HUP
    local at deadline
    for ((at = ${#daemons[@]} - 1; at >= 0; at--)); do
        kill "${daemons[at]}" 2>/dev/null || continue
        deadline=$((SECONDS + 5))
        while kill -0 "${daemons[at]}" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.05; done
        kill -KILL "${daemons[at]}" 2>/dev/null || true
    done
    wait || true
    rm -rf "$home"
}

trap end EXIT
trap 'exit 1' INT TERM HUP
