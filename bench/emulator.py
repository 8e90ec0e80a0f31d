"""Requests per second and latency of collect through the local stack: a baseline of the emulator, not of AWS.

make up && .venv/bin/python -m bench.emulator [--requests 500] [--clients 4] [--events 10]
"""

import argparse
import http.client
import json
import statistics
import threading
import time
import uuid

from rich.console import Console
from rich.table import Table

from local.stack import HOST, LocalStack


def batch(events: int) -> str:
    return json.dumps(
        {
            "si": "bench.test",
            "uid": str(uuid.uuid4()),
            "sid": str(uuid.uuid4()),
            "sent_at": int(time.time() * 1000),
            "page": {"url": "https://bench.test/shop", "path": "/shop", "title": "Shop"},
            "events": [
                {"eid": str(uuid.uuid4()), "name": "view_item", "seq": n, "props": {"item": f"SKU-{n}", "price": 9.5}}
                for n in range(events)
            ],
        }
    )


def client(stack: LocalStack, host: str, path: str, requests: int, events: int, took: list[float]) -> None:
    """One connection, one request after the other; appends each one's seconds."""
    connection = http.client.HTTPConnection(HOST, stack.port, timeout=60)
    for _ in range(requests):
        started = time.perf_counter()
        connection.request("POST", path, batch(events), {"Host": host, "Content-Type": "text/plain"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:200]!r}")
        took.append(time.perf_counter() - started)
    connection.close()


def measure(stack: LocalStack, requests: int, clients: int, events: int) -> tuple[float, list[float]]:
    """(seconds in all, seconds of each request)."""
    _, _, host, path = stack.outputs()["collect_url"].split("/", 3)
    took: list[float] = []
    share = requests // clients
    threads = [
        threading.Thread(target=client, args=(stack, host, f"/{path}", share, events, took)) for _ in range(clients)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--events", type=int, nargs="*", default=[1, 10, 50])
    options = parser.parse_args()
    stack = LocalStack.from_environ()
    measure(stack, options.clients * 2, options.clients, 1)  # cold starts are not what is asked
    table = Table("events a request", "requests/s", "events/s", "median ms", "95th ms")
    for events in options.events:
        seconds, took = measure(stack, options.requests, options.clients, events)
        rate = len(took) / seconds
        p95 = statistics.quantiles(took, n=20)[-1]
        table.add_row(
            str(events),
            f"{rate:.0f}",
            f"{rate * events:.0f}",
            f"{statistics.median(took) * 1000:.0f}",
            f"{p95 * 1000:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
