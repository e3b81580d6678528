# What is above differs from upload to upload; what follows is the same for all, up to the list of links at the end.

set -u
umask 077
export LC_ALL=C

usage() {
    cat <<END
Sends a file of $total bytes to $object in $parts parts.

    sh $0 FILE           send it; the same again goes on where it stopped
    sh $0 --abort FILE   give up: the store throws the parts away

The links in this script work until $ends_text. Whoever has them can use them.
END
    exit "$1"
}

# Not echo, which in some shells obeys backslashes.
say() {
    printf '%s\n' "$1" >&2
}

# Ends with what can be done now.
stop() {
    say "$1"
    if [ "$sent" -gt 0 ]; then
        say "$sent of $parts parts are sent and remembered in $state."
    fi
    say "To go on:    sh '$0' '$file'"
    say "To give up:  sh '$0' --abort '$file'"
    exit 1
}

# Sets now, in seconds since 1970; to 0 where date cannot tell.
tell_time() {
    now=$(date +%s 2>/dev/null) || now=0
    case $now in
    '' | *[!0-9]*) now=0 ;;
    esac
}

is_over() {
    tell_time
    [ "$now" -ge "$ends" ]
}

expired() {
    printf '%s\n' "The links ended at $ends_text: ask for a new script for the same upload, which goes on where this one stopped."
}

# curl with a link that is in no list of processes: curl reads it from its standard input. Sets status; 000 if there is no answer.
# The answer is in $state.head and $state.body.
ask() {
    link=$1
    shift
    : >"$state.head"
    : >"$state.body"
    status=$(
        curl --silent --show-error --globoff --path-as-is --connect-timeout 30 --speed-time 300 --speed-limit 1 \
            --dump-header "$state.head" --output "$state.body" --write-out '%{http_code}' "$@" --config - <<END
url = "$link"
END
    ) || case $status in
    [45]??) ;; # it answered before it had read all
    *) status=000 ;;
    esac
}

# Asks up to 5 times, while the store is only busy or out of reach.
ask_again() {
    try=1
    while :; do
        ask "$@"
        case $status in
        000 | 408 | 429 | 5??) ;;
        200) grep '<Error' "$state.body" >/dev/null || return 0 ;;
        *) return 0 ;;
        esac
        [ "$try" -lt 5 ] || return 0
        say "The store is busy or out of reach (status $status). Trying again in $((try * try)) s."
        sleep "$((try * try))"
        try=$((try + 1))
    done
}

is_done() {
    case $status in
    2??) ! grep '<Error' "$state.body" >/dev/null ;;
    *) false ;;
    esac
}

# What the store's answer has in an element, in characters that no terminal obeys.
told() {
    tr -cd '\040-\176' <"$state.body" | sed -n "s/.*<$1>\([^<]*\)<.*/\1/p" | cut -c 1-300
}

# Why the store said no, in its own words and ours.
reason() {
    if [ "$status" = 000 ]; then
        echo "the store gave no answer"
        return
    fi
    code=$(told Code)
    printf '%s\n' "the store answered $status $code $(told Message)"
    if [ "$code" = NoSuchUpload ]; then
        echo "The upload is over: either it was finished, so look whether the object is there, or it was given up."
    elif is_over; then
        expired
    fi
}

# A file that changes while it is sent would arrive as a mixture. The state is written after each part.
check_unchanged() {
    if [ -n "$(find -L "$file" -newer "$state")" ]; then
        say "$file was changed since its first part was sent. Remove $state to send it all again."
        exit 1
    fi
}

# Reads what is already sent: one line for each part, in order. A line that was cut off by a kill does not count.
recall() {
    [ -f "$state" ] || : >"$state" || exit 1
    check_unchanged
    while read -r number etag mark; do
        [ "$number" = $((sent + 1)) ] && [ "$mark" = ok ] || break
        echo "$number $etag ok"
        sent=$number
    done <"$state" >"$state.new"
    mv -f "$state.new" "$state"
}

forget() {
    rm -f "$state"
}

tidy() {
    rm -f "$state.new" "$state.part" "$state.head" "$state.body" "$state.xml"
}

# part NUMBER OFFSET SIZE LINK: sends one part. Offset and size are in MiB; the file's end cuts the last part short.
part() {
    [ "$act" = send ] || return 0
    [ "$1" -gt "$sent" ] || return 0
    dd if="$file" of="$state.part" bs=1048576 skip="$2" count="$3" 2>"$state.body" ||
        stop "Cannot copy part $1 to $state.part: $(cat "$state.body")"
    ask_again "$4" --upload-file "$state.part"
    is_done || stop "Part $1 was not sent: $(reason)"
    etag=$(tr -d '\r"' <"$state.head" | sed -n 's/^[Ee][Tt][Aa][Gg]: *\([^ ]*\) *$/\1/p' | tail -n 1)
    case $etag in
    '' | *[!A-Za-z0-9+/=_.-]*) stop "Part $1 was sent, but the store did not say what it received (no ETag)." ;;
    esac
    check_unchanged
    echo "$1 $etag ok" >>"$state" || stop "Cannot write to $state."
    sent=$1
    say "Part $1 of $parts is sent."
}

# finish LINK: makes the parts an object.
finish() {
    [ "$act" = send ] || return 0
    {
        echo '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        while read -r number etag mark; do
            echo "<Part><PartNumber>$number</PartNumber><ETag>\"$etag\"</ETag></Part>"
        done <"$state"
        echo '</CompleteMultipartUpload>'
    } >"$state.xml" || stop "Cannot write to $state.xml."
    ask_again "$1" --request POST --header 'Content-Type: application/xml' --data-binary "@$state.xml"
    is_done || stop "All parts are sent, but not joined: $(reason)"
    forget
    say "Done: $file is $object."
}

# abandon LINK: throws the parts away.
abandon() {
    [ "$act" = abort ] || return 0
    ask_again "$1" --request DELETE
    case $status in
    2?? | 404) ;;
    *)
        say "Not given up: $(reason)"
        exit 1
        ;;
    esac
    forget
    say "Given up: the store has thrown the parts away."
}

act=send
case ${1-} in
--abort)
    act=abort
    shift
    ;;
esac
[ $# -eq 1 ] || usage 2
case $1 in
-h | --help) usage 0 ;;
/*) file=$1 ;;
*) file=./$1 ;;
esac
state=$file.daypass-$id
sent=0
trap tidy EXIT
trap 'stop "Interrupted."' HUP INT TERM

for tool in curl date dd find sed tr; do
    command -v "$tool" >/dev/null || {
        say "This script needs $tool, which is not here."
        exit 1
    }
done
if is_over; then
    say "$(expired)"
fi
if [ "$act" = send ]; then
    [ -f "$file" ] && [ -r "$file" ] || {
        say "$file is not a file that can be read."
        exit 1
    }
    size=$(($(wc -c <"$file")))
    [ "$size" = "$total" ] || {
        say "$file has $size bytes, but this script is for a file of $total bytes."
        exit 1
    }
    recall
    [ "$sent" -eq 0 ] || say "Going on after part $sent of $parts."
fi

# The links.
