"""What bench.cost found, as the text of docs/reference/cost.md."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import prices as price_list
from bench import state_writes
from bench.cost import MIB, Bill, Design, Measured, bill, clickstream, collect_ms, measure, shards, swa
from bench.report import markdown

DOC = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cost.md"
EVENTS = (1, 10, 50)
RATES = (1, 10, 100, 1_000, 100_000)
# Where bills are compared per million: large enough for what is free or hourly not to show.
RATE = 100
GOALS = {1: 3.00, 10: 0.30}
STORAGE = "S3, a year's lines"
SINKS = {"Firehose": Design(), "Kinesis": Design(sink="kinesis"), "Kinesis, shards": Design(sink="provisioned")}
# What would make it cheaper, each on top of the stacks as they are.
SAVINGS = {
    "a function URL in place of the HTTP API": {"http_api": False},
    "session and user in one item": {"one_item": True},
}


class Report:
    """Everything of one list of prices."""

    def __init__(self) -> None:
        self.prices = price_list.load()
        self.assumed: Mapping[str, Any] = self.prices["assumed"]
        self.measured = {events: measure(events, self.assumed) for events in EVENTS}

    def text(self) -> str:
        sections: dict[str, Callable[[], Iterator[str]]] = {
            "What was assumed": self._assumptions,
            "What a million events cost": self._components,
            "The goals": self._goals,
            "The bill of a month": self._months,
            "Idle": self._idle,
            "When Kinesis": self._kinesis,
            "State records": self._state,
        }
        parts = [
            "# What it costs",
            "<!-- Made by `make cost` from bench/prices.toml and measurements of the code: do not edit. -->",
        ]
        for title, section in sections.items():
            parts += [f"## {title}", *section()]
        return "\n\n".join(parts) + "\n"

    def bill(self, design: Design, events: int, per_second: float) -> Bill:
        return bill(self.prices, self.measured[events], design, per_second)

    def per_million(self, dollars: float, events: int, per_second: float) -> float:
        return dollars / (per_second * events * self.assumed["hours_a_month"] * 3600) * 1e6

    def collecting(self, design: Design, events: int, per_second: float = RATE) -> float:
        """Dollars per million events, without the storage of a year's raw lines, which is a setting."""
        parts = self.bill(design, events, per_second)
        return self.per_million(sum(parts.values()) - parts[STORAGE], events, per_second)

    def _assumptions(self) -> Iterator[str]:
        given = self.assumed
        yield (
            "List prices of us-east-1, no discounts, the same load round the clock. CloudFront's 10 million requests, "
            "CloudWatch's 10 metrics and alarms and SQS's million requests are always free and taken off; Lambda's "
            "free million is not. "
            f"A visitor makes {given['visits_a_visitor']} visits of {given['requests_a_visit']} requests; bytes and "
            "DynamoDB units come from such visitors' requests through the real parser, line format and store. Calls "
            f"take {given['firehose_put_ms']:g} ms (Firehose), {given['kinesis_put_ms']:g} ms (Kinesis), "
            f"{given['dynamodb_read_ms']:g} and {given['dynamodb_write_ms']:g} ms (DynamoDB read, write)."
        )
        head = ["events a request", "body, bytes", "raw line, bytes"]
        rows = [[*head, "collector, ms", "state writes", "write units", "read units"]]
        for events, found in self.measured.items():
            numbers = [found.body_bytes, found.line_bytes / events]
            milliseconds = collect_ms(self.assumed, found, Design())
            units = [found.writes, found.write_units(Design()), found.read_units]
            rows.append([f"{events}", *(f"{n:,.0f}" for n in [*numbers, milliseconds]), *(f"{n:.1f}" for n in units)])
        yield markdown(rows)

    def _components(self) -> Iterator[str]:
        yield f"Dollars per million events at {RATE} requests a second, by events a request."
        columns = [(design, events) for design in (Design(), Design(sink="kinesis")) for events in EVENTS]
        bills = [self.bill(design, events, RATE) for design, events in columns]
        names = list(dict.fromkeys(name for parts in bills for name in parts if name != STORAGE))
        rows = [["", *(f"{_sink(design)}, {events}" for design, events in columns)]]
        for name in (*names, STORAGE):
            rows.append([name, *self._cells(columns, [parts.get(name, 0.0) for parts in bills])])
        total = [sum(parts.values()) - parts[STORAGE] for parts in bills]
        rows.insert(-1, ["**collecting**", *self._cells(columns, total)])
        direct = [sum(v for k, v in p.items() if not k.startswith("CloudFront")) - p[STORAGE] for p in bills]
        rows.insert(-1, ["**without CloudFront**", *self._cells(columns, direct)])
        yield markdown(rows)

    def _cells(self, columns: list[tuple[Design, int]], dollars: list[float]) -> list[str]:
        pairs = zip(columns, dollars, strict=True)
        return [f"{self.per_million(value, events, RATE):.3f}" for (_, events), value in pairs]

    def _goals(self) -> Iterator[str]:
        low, high = self.prices["peer"]["swa"]["published_a_million_views"]
        modelled = self.per_million(swa(self.prices, RATE), 1, RATE)
        rows = [["goal", "1 event a request", "10 events a request"]]
        rows.append(["at most", *(f"${GOALS[n]:.2f}" for n in GOALS)])
        for name, design in (("as deployed", Design()), ("without CloudFront", Design(cloudfront=False))):
            costs = {n: self.collecting(design, n) for n in GOALS}
            rows.append([name, *(f"${costs[n]:.2f}: {_verdict(costs[n], GOALS[n])}" for n in GOALS)])
        for name, peer in (("as published", low), ("by these prices", modelled)):
            shares = [self.collecting(Design(), n) / peer for n in GOALS]
            title = f"a fifth of serverless-website-analytics {name} (${peer:.2f})"
            rows.append([title, *(f"{share:.2f} of it: {_verdict(share, 0.2)}" for share in shares)])
        idle = sum(self.bill(Design(), 1, 0).values())
        rows.append(["$0 idle", *[f"${idle:.2f}: {_verdict(idle, 0)}"] * 2])
        yield markdown(rows)
        yield (
            f"serverless-website-analytics publishes ${low} and ${high} for a million views, worst case, its Athena "
            "queries with it; by these prices is its ingestion alone, which keeps no sessions and no users. It sends "
            "each event as a request of its own."
        )
        yield "What would bring it down, dollars per million events, each alone and then all together:"
        rows = [["", *(f"{n} events a request" for n in GOALS)], ["as deployed", *self._prices(Design())]]
        for name, change in SAVINGS.items():
            rows.append([name, *self._prices(replace(Design(), **change))])
        together = {key: value for change in SAVINGS.values() for key, value in change.items()}
        rows.append(["**all of them**", *self._prices(replace(Design(), **together))])
        yield markdown(rows)

    def _prices(self, design: Design) -> list[str]:
        return [f"{self.collecting(design, n):.3f}" for n in GOALS]

    def _months(self) -> Iterator[str]:
        yield (
            "Dollars a month, collecting; in brackets per million events. SWA (serverless-website-analytics) and AWS "
            "Clickstream take the same events; SWA by these prices, Clickstream as published for ingestion alone, "
            "straight to S3 and through Kinesis, its last row taken on in proportion. What Penstock's price has and "
            "theirs has not are sessions and users: Clickstream's EMR and Redshift make them, for "
            f"${self._processing(10):,.0f} a month more at 10 requests a second and ${self._processing(1000):,.0f} "
            "at 1,000."
        )
        head = ["requests a second, events each", *SINKS, "SWA", "Clickstream, S3", "Clickstream, Kinesis"]
        rows = [head]
        for rate in RATES:
            for events in EVENTS:
                bills = [self.bill(design, events, rate) for design in SINKS.values()]
                dollars = [sum(parts.values()) - parts[STORAGE] for parts in bills]
                dollars += [swa(self.prices, rate * events)]
                dollars += [clickstream(self.prices, column, rate) for column in ("ingestion_low", "ingestion_high")]
                cells = [f"{value:,.0f} ({self.per_million(value, events, rate):.2f})" for value in dollars]
                rows.append([f"{rate:,} × {events}", *cells])
        yield markdown(rows)
        yield "What must be raised above its default at that rate, by events a request:"
        rows = [["requests a second", *(f"{events} events" for events in EVENTS)]]
        for rate in RATES:
            rows.append([f"{rate:,}", *(self._raised(self.measured[events], rate) for events in EVENTS)])
        yield markdown(rows)

    def _processing(self, rate: int) -> float:
        return clickstream(self.prices, "processing", rate)

    def _raised(self, measured: Measured, rate: float) -> str:
        quota, firehose = self.prices["quota"]["account"], self.prices["quota"]["firehose"]["large"]
        used = {
            "API": rate / quota["http_api_requests_per_second"],
            "Lambda": rate * collect_ms(self.assumed, measured, Design()) / 1000 / quota["lambda_concurrency"],
            "DynamoDB": rate * measured.write_units(Design()) / quota["dynamodb_write_units_per_second"],
            "Firehose": max(
                rate / firehose["requests_per_second"], rate * measured.line_bytes / MIB / firehose["mib_per_second"]
            ),
        }
        return ", ".join(f"{name} ×{share:,.1f}" for name, share in used.items() if share > 1) or "nothing"

    def _idle(self) -> Iterator[str]:
        yield "Dollars a month with no traffic at all."
        rows = [["", "a month", "of it"]]
        for name, design in SINKS.items():
            parts = {key: value for key, value in self.bill(design, 1, 0).items() if value}
            named = ", ".join(f"{key} {value:.2f}" for key, value in parts.items())
            rows.append([name, f"{sum(parts.values()):.2f}", named or "–"])
        rows += [["AWS Clickstream", f"{self.prices['peer']['clickstream']['floor']:.2f}", "load balancer, servers"]]
        yield markdown(rows)
        alarms = self.assumed["alarm_metrics_firehose"]
        yield (
            f"With Firehose the {alarms} metrics that alarms look at are within CloudWatch's free ten, the dashboard "
            "within its free three, and what Lambda asks the empty queue within SQS's free million. In an account "
            f"whose free ones are used up they cost ${alarms * self.prices['cloudwatch']['alarm_metric'][-1][1]:.2f}, "
            f"${self.prices['cloudwatch']['dashboard'][-1][1]:.2f} and "
            f"${self._polls() * self.prices['sqs']['request'][-1][1]:.2f} a month."
        )

    def _polls(self) -> float:
        given = self.assumed
        return float(given["queue_polls"] * given["hours_a_month"] * 3600 / given["queue_poll_seconds"])

    def _kinesis(self) -> Iterator[str]:
        yield (
            "Necessary: above Firehose's quotas for direct put, which AWS raises on request. Requests a second at "
            "which the default ends:"
        )
        rows = [["events a request", "us-east-1, us-west-2, eu-west-1", "other regions"]]
        for events in EVENTS:
            cells = [f"{self.firehose_ends(events, size):,.0f}" for size in ("large", "small")]
            rows.append([f"{events}", *cells])
        yield markdown(rows)
        yield (
            "Cheaper: a stream costs more than it saves on the collector's time, unless it is one of shards "
            "(which this project does not deploy), or several requests of one visitor meet in one batch of its reader "
            "(batching window: infra/state.py) and become one write. Requests a second from which a stream of shards "
            "is the cheaper sink, and how many requests must meet for the on-demand stream to be, at 1,000 a second:"
        )
        rows = [["events a request", "shards, from", "shards then", "on demand, requests that meet"]]
        for events in EVENTS:
            rate = self.shards_cheaper(events)
            count = f"{shards(self.prices, self.measured[events], rate)}" if rate else "–"
            meet = self.meeting(events)
            rows.append([f"{events}", f"{rate:,.0f}" if rate else "never", count, f"{meet:.1f}" if meet else "never"])
        yield markdown(rows)

    def firehose_ends(self, events: int, regions: str) -> float:
        quota = self.prices["quota"]["firehose"][regions]
        by_bytes = quota["mib_per_second"] * MIB / self.measured[events].line_bytes
        return float(min(quota["requests_per_second"], by_bytes))

    def shards_cheaper(self, events: int) -> float | None:
        """The lowest rate, in whole requests a second, from which shards stay cheaper than Firehose to 10,000."""
        rates = [1, *range(5, 100, 5), *range(100, 1_000, 20), *range(1_000, 10_001, 250)]
        cheaper = [self.collecting(SINKS["Kinesis, shards"], events, rate) < self.collecting(Design(), events, rate)
                   for rate in rates]  # fmt: skip
        if not cheaper[-1]:
            return None
        last = max((index for index, yes in enumerate(cheaper) if not yes), default=-1)
        return float(rates[last + 1])

    def meeting(self, events: int) -> float | None:
        """Requests of one visitor that must meet in a batch for the on-demand stream to cost no more."""
        for tenths in range(10, 1_001):
            design = Design(sink="kinesis", coalesced=tenths / 10)
            if self.collecting(design, events, 1_000) <= self.collecting(Design(), events, 1_000):
                return tenths / 10
        return None

    def _state(self) -> Iterator[str]:
        yield (
            "DynamoDB units by how heavy the records are already: a session and a user written once for each request "
            "(`python -m bench.state_writes`; a unit is 1 KB written, 4 KB read)."
        )
        yield markdown(state_writes.table())


def _sink(design: Design) -> str:
    return "Firehose" if design.sink == "firehose" else "Kinesis"


def _verdict(value: float, goal: float) -> str:
    return "holds" if value <= goal + 1e-9 else "**does not hold**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into docs/reference/{DOC.name} too")
    write = parser.parse_args().write
    text = Report().text()
    sys.stdout.write(text)
    if write:
        DOC.write_text(text)


if __name__ == "__main__":
    main()
