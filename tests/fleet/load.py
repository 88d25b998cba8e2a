"""Send a steady stream of requests to a service on this machine, and count what users would have noticed.

Nine of ten requests are GET /, every tenth is POST /notes. Ends after --seconds, or on SIGTERM or SIGINT; either way the
result is printed, and written to --out. Exit code 0: no request failed; 1: some did; 2: wrong usage.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import ipaddress
import json
import signal
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

TIMEOUT_SECONDS = 10
KEPT_FAILURES = 20
WORKERS = 64


@dataclass
class Result:
    """What happened so far; filled by many threads."""

    requests: int = 0
    failed: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    versions: collections.Counter[str] = field(default_factory=collections.Counter)
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def succeeded(self, version: str, seconds: float) -> None:
        """Count a good answer."""
        with self.lock:
            self.requests += 1
            self.versions[version] += 1
            self.slowest = max(self.slowest, seconds)

    def failed_with(self, request: str, reason: str) -> None:
        """Count a bad answer or none; remember the first few."""
        with self.lock:
            self.requests += 1
            self.failed += 1
            if len(self.failures) < KEPT_FAILURES:
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                self.failures.append({"time": now, "request": request, "reason": reason})

    def as_json(self) -> str:
        """Return the summary."""
        with self.lock:
            summary = {
                "requests": self.requests,
                "failed": self.failed,
                "failures": self.failures,
                "versions": dict(sorted(self.versions.items())),
                "slowest_seconds": round(self.slowest, 3),
            }
        return json.dumps(summary, indent=2)


@dataclass(frozen=True)
class Target:
    """Where the requests go."""

    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Accept http URLs of this machine only: this is no tool to load somebody else's service with."""
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        try:
            is_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
            port = parts.port or 80
        except ValueError:
            is_here = False
        if parts.scheme != "http" or not is_here:
            raise argparse.ArgumentTypeError(f"{url} is not an http URL of the loopback interface")
        return cls(host, port, parts.path.rstrip("/"))


def send(target: Target, number: int, result: Result) -> None:
    """Send one request on a connection of its own and judge the answer."""
    method, path = ("POST", f"{target.path}/notes") if number % 10 == 0 else ("GET", f"{target.path}/")
    body = json.dumps({"text": f"load {number}"}) if method == "POST" else None
    started = time.monotonic()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body=body, headers={"Connection": "close"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status // 100 != 2:
            result.failed_with(f"{method} {path}", f"HTTP {answer.status}: {content[:200].decode(errors='replace')}")
        else:
            result.succeeded(str(json.loads(content).get("version")), time.monotonic() - started)
    except (OSError, http.client.HTTPException, ValueError) as error:
        result.failed_with(f"{method} {path}", f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def run(target: Target, rate: float, seconds: float, stop: threading.Event) -> Result:
    """Send at a fixed rate, whether or not earlier requests have been answered: users don't wait for each other."""
    result = Result()
    started = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        for number in range(1, int(rate * seconds) + 1):
            if stop.wait(max(0.0, started + number / rate - time.monotonic())):
                break
            pool.submit(send, target, number, result)
    return result


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", type=Target.parse, default="http://127.0.0.1:18080/")
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--seconds", type=float, default=300, help="end after that many seconds at the latest")
    parser.add_argument("--out", type=Path, help="file for the result")
    arguments = parser.parse_args()
    if not (0 < arguments.rate <= 1000 and 0 < arguments.seconds <= 86400):
        parser.error("--rate must be up to 1000, --seconds up to 86400")
    return arguments


def main() -> int:
    """Run until the time is over or a signal comes."""
    arguments = parse_arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    result = run(arguments.url, arguments.rate, arguments.seconds, stop)
    summary = result.as_json()
    if arguments.out:
        arguments.out.write_text(summary + "\n", encoding="utf-8")
    sys.stdout.write(summary + "\n")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
