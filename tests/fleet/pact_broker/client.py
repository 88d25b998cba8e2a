"""Use a Pact Broker as teams do, without a pause, and count what they would have noticed.

Each consumer publishes a pact, tags its version, and reads the latest pact and the latest with that tag, which have to be the one that it has just
published. Ends after --seconds, or on SIGTERM; the result is printed, and written to --out. Exit code 1: something failed.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROVIDER, TAG = "shelf", "main"


@dataclass
class Account:
    """What happened so far; filled by many threads."""

    requests: int = 0
    failures: list[str] = field(default_factory=list)
    versions: collections.Counter[str] = field(default_factory=collections.Counter)
    mixed: collections.Counter[str] = field(default_factory=collections.Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Consumer:
    """One team's pipeline."""

    def __init__(self, port: int, name: str, account: Account) -> None:
        self._port, self._name, self._account = port, name, account
        self._pact = f"/pacts/provider/{PROVIDER}/consumer/{name}"

    def turn(self, number: int) -> None:
        """Publish, tag, and read back twice."""
        version = f"1.0.{number}"
        content = {
            "consumer": {"name": self._name},
            "provider": {"name": PROVIDER},
            "interactions": [],
            "metadata": {"turn": number},
        }
        wrote = self._ask("PUT", f"{self._pact}/version/{version}", content, 201)
        self._ask("PUT", f"/pacticipants/{self._name}/versions/{version}/tags/{TAG}", {}, 201)
        for path in ("latest", f"latest/{TAG}"):
            read = self._ask("GET", f"{self._pact}/{path}", None, 200, number)
            if wrote and read:
                with self._account.lock:
                    self._account.mixed[f"{wrote} wrote, {read} read"] += 1

    def _ask(self, method: str, path: str, body: Any, status: int, turn: int | None = None) -> str:
        """One request on a connection of its own; the version that has answered it well."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        wrong, version = "", ""
        try:
            headers = {"Connection": "close", "Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            version = answer.headers.get("X-Pact-Broker-Version", "")
            if answer.status != status:
                wrong = f"HTTP {answer.status} from {version or 'nobody'}: {content[:200].decode(errors='replace')}"
            elif turn is not None and (found := json.loads(content)["metadata"]["turn"]) != turn:
                wrong = f"{version} knows turn {found} instead of {turn}"
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            wrong = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        with self._account.lock:
            self._account.requests += 1
            if wrong:
                self._account.failures.append(f"{method} {path}: {wrong}")
            else:
                self._account.versions[version] += 1
        return "" if wrong else version


def main() -> int:
    """Run until the time is over or a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of the balancer, on this machine")
    parser.add_argument("--consumers", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.4, help="seconds between two turns of a consumer")
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    stop, account = threading.Event(), Account()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    until = time.monotonic() + arguments.seconds

    def work(name: str) -> None:
        consumer, number = Consumer(arguments.port, name, account), 0
        while not stop.wait(arguments.pause) and time.monotonic() < until:
            number += 1
            consumer.turn(number)

    threads = [threading.Thread(target=work, args=(f"team-{each}",)) for each in range(arguments.consumers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {
        "requests": account.requests,
        "failed": len(account.failures),
        "failures": account.failures[:20],
        "versions": dict(account.versions),
        "mixed": dict(account.mixed),
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(json.dumps(told, indent=1))
    return 1 if account.failures else 0


if __name__ == "__main__":
    sys.exit(main())
