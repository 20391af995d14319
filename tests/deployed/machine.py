"""What the scripts of this folder have in common: processes, requests, `muster`, and checks that are counted."""

import json
import os
import re
import signal
import socket
import string
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

# Ended from outside, too, a script ends what it has started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

REPO = Path(__file__).resolve().parents[2]
# Okta's SPEC suite and its runner lie beside the checkout.
OKTA = REPO.parent / "shared/okta"
FUNCTIONS = ["authorizer", "users", "groups", "bulk", "discovery", "admin", "changes"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command, log, **options):
    """A process with all that it starts, until the end of the block; then nothing of it is left."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, **options)
    try:
        yield process
    finally:
        for end in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, end)
                process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass


def wait_for(what, condition, seconds=60, process=None, log=None):
    """The first value of the condition that is true. A process that is waited for is to live, and says in its log why it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and (process is None or process.poll() is None):
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s\n{log.read_text(errors='replace') if log else ''}")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def muster_dev(target, scratch, *options):
    """`muster dev`, and the credentials that it gives."""
    credentials = scratch / "credentials.json"
    command = [target / "muster", "dev", "--listen", "127.0.0.1:0", "--credentials", credentials, *options]
    log = scratch / "dev.log"
    with running(command, log) as process:
        wait_for("muster dev", credentials.exists, process=process, log=log)
        yield json.loads(credentials.read_text())


@dataclass
class Answer:
    status: int
    headers: dict
    body: object


def request(method, url, authorization=None, body=None, headers=None):
    headers = {"Content-Type": "application/scim+json"} | (headers or {})
    if authorization:
        headers["Authorization"] = authorization
    data = None if body is None else json.dumps(body).encode()
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        text = response.read()
        return Answer(response.status, dict(response.headers), json.loads(text) if text else None)


def event(name, **names):
    """An event of `events/`, with what its placeholders stand for."""
    names.setdefault("now", datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    return json.loads(string.Template((REPO / f"tests/deployed/events/{name}.json").read_text()).substitute(names))


def command(*parts, **options):
    """What a command prints. An error has what it said."""
    done = subprocess.run([str(part) for part in parts], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{parts[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def expect(actual, expected, what=""):
    """Everything that is expected is there, however deep; lists are as long as expected."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), f"{what}: {actual!r} instead of {expected!r}"
        for name, value in expected.items():
            expect(actual.get(name), value, f"{what}.{name}")
    elif isinstance(expected, list):
        assert isinstance(actual, list) and len(actual) == len(expected), f"{what}: {actual!r} instead of {expected!r}"
        for index, value in enumerate(expected):
            expect(actual[index], value, f"{what}[{index}]")
    else:
        assert actual == expected, f"{what}: {actual!r} instead of {expected!r}"


def scim_error(answer, status):
    """A SCIM error, with a detail for whoever reads it."""
    expect(answer.status, status, f"status of {answer}")
    expect(answer.body, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}, "body")
    assert answer.body["detail"], answer
    expect({name.lower(): value for name, value in answer.headers.items()}, {"content-type": "application/scim+json"}, "headers")


class Checks:
    """Runs checks one after another and counts those that fail."""

    def __init__(self):
        self.failed = 0

    def __call__(self, name, check, *arguments):
        begin = time.monotonic()
        try:
            finding = check(*arguments) or ""
        except Exception as error:
            self.failed += 1
            report = error if isinstance(error, AssertionError) else traceback.format_exc()
            print(f"FAILED {name}\n{report}", flush=True)
        else:
            print(f"ok     {name} ({time.monotonic() - begin:.1f} s) {finding}".rstrip(), flush=True)

    def skipped(self, name, reason):
        print(f"\n!!!!!!!!!! SKIPPED: {name}\n!!!!!!!!!! {reason}\n", flush=True)

    def end(self, logs):
        """Ends the script; where something failed, with the ends of the logs."""
        if self.failed:
            for log in logs:
                lines = log.read_text(errors="replace").splitlines() if log.exists() else []
                print(f"\n---- {log.name}", *lines[-30:], sep="\n", flush=True)
        sys.exit(1 if self.failed else 0)


def spec_suite(base_url, token, failing=(), is_timed=True):
    """Okta's SPEC suite. Its 52 assertions hold but for those of the requests that are known to fail, and of time where it means nothing."""
    suite = [sys.executable, OKTA / "run_suite.py", OKTA / "Okta-SCIM-20-SPEC-Test.json", "--base", base_url, "--auth", f"Bearer {token}"]
    printed = subprocess.run(suite, capture_output=True, text=True).stdout
    failed, asked = set(), ""
    for line in printed.splitlines():
        if line.startswith(("pass ", "FAIL ")):
            asked = line.rsplit(": ")[-1].strip()
        elif line.startswith("     ") and (is_timed or "response_time" not in line):
            failed.add(asked)
    counts = re.search(r"(\d+) assertions hold, (\d+) do not", printed)
    assert counts and int(counts[1]) + int(counts[2]) == 52 and failed == set(failing), printed
    return counts[0]
