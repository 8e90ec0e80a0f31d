"""`make features GOAL=purchase`: the feature tables of `lake/features` as Parquet files, for whoever trains a model.

Athena writes them (UNLOAD) below the bucket's query results, where they go after seven days as those do; they are read
from there into OUT.
"""

import argparse
import io
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.query import shipped
from local.query.engine import QueryError
from local.stack import LocalError
from local.stored.deployed import Deployed, deployed
from local.where import add_where, stage_of

PREFIX: Final = "athena-results/features/"
TABLES: Final = ("users", "sessions")

_SITES: Final = "SELECT si, count(*) AS n FROM visitor_events WHERE dt BETWEEN ? AND ? GROUP BY si ORDER BY n DESC, si"


@dataclass(frozen=True)
class Asked:
    """`days` of history before the cut-off (UTC), then `horizon` days in which visitors may come to the goal."""

    goal: str
    cutoff: datetime
    horizon: int = 7
    days: int = 28
    minutes: float = 2
    si: str = ""

    def parameters(self, table: str, si: str) -> dict[str, str]:
        """Those of the table's file."""
        first, last = self.cutoff - timedelta(days=self.days), self.cutoff + timedelta(days=self.horizon)
        shared = {"goal": self.goal, "si": si, "from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}
        if table == "users":
            return shared | {"cutoff": f"{self.cutoff:%Y-%m-%d %H:%M}", "horizon": str(self.horizon)}
        return shared | {"minutes": str(self.minutes)}


def site(it: Deployed, asked: Asked) -> str:
    """The site asked for, or the one with most events. Raises QueryError, and LocalError where there are none."""
    if asked.si:
        return asked.si
    given = asked.parameters("sessions", "")
    rows = it.engine.run(_SITES, [f"'{given['from']}'", f"'{given['to']}'"]).rows
    if not rows:
        raise LocalError(f"There are no events from {given['from']} to {given['to']}.")
    return str(rows[0][0])


def unload(it: Deployed, table: str, given: Mapping[str, str]) -> list[str]:
    """Has Athena write one of TABLES; the keys of the Parquet files. Raises QueryError."""
    question = shipped.load(table, "features")
    prefix = f"{PREFIX}{table}/{uuid.uuid4().hex}/"
    it.engine.run(
        f"UNLOAD (\n{question.sql}\n) TO 's3://{it.bucket}/{prefix}' WITH (format = 'PARQUET', compression = 'ZSTD')",
        question.literals(given),
    )
    pages = it.client("s3").get_paginator("list_objects_v2").paginate(Bucket=it.bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", []) if entry["Size"]]


def read(it: Deployed, keys: list[str]) -> list[io.BytesIO]:
    """The files, as polars.read_parquet and pandas.read_parquet take them."""
    s3: Any = it.client("s3")
    return [io.BytesIO(s3.get_object(Bucket=it.bucket, Key=key)["Body"].read()) for key in keys]


def main() -> None:
    asked = _parser().parse_args()
    console = Console(highlight=False)
    try:
        what = Asked(
            asked.goal,
            _moment(asked.cutoff, asked.horizon),
            _number("HORIZON", asked.horizon),
            _number("DAYS", asked.days),
            _number("MINUTES", asked.minutes),
            asked.si,
        )
        it = deployed(stage_of(asked))
        if "visitor_events" not in it.tables:
            raise LocalError("The deployment has no views yet: deploy it again, with this version.")
        si = site(it, what)
        for table in TABLES:
            folder = Path(asked.out) / table
            folder.mkdir(parents=True, exist_ok=True)
            given = what.parameters(table, si)
            files = read(it, unload(it, table, given))
            if not files:
                raise LocalError(f"There are no events of site {si} from {given['from']} to {given['to']}.")
            for old in folder.glob("*.parquet"):
                old.unlink()
            for number, file in enumerate(files):
                (folder / f"{number}.parquet").write_bytes(file.getbuffer())
            found = duckdb.read_parquet(str(folder / "*.parquet")).aggregate("count(*), count(*) FILTER (label)")
            rows, came = found.fetchall()[0]
            told = f"{folder}: {rows:,} {table} of site {si}, {came:,} of them came to {what.goal}"
            console.print(told, soft_wrap=True)
    except (LocalError, QueryError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"OUT={asked.out} cannot be written: {error.strerror}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be asked: {error}")
    except KeyboardInterrupt:
        sys.exit("Broken off: run it again.")


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3660:
        raise LocalError(f"{name}={text}: give a whole number from 1 to 3,660.")
    return int(text)


def _moment(text: str, horizon: str) -> datetime:
    """The default leaves the horizon's days until today for the goal to come."""
    if not text:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=_number("HORIZON", horizon))
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise LocalError(f"CUTOFF={text} is no time: write it as 2026-11-15 or '2026-11-15 12:00', UTC.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make features", description=__doc__)
    parser.add_argument("--goal", default="purchase", help="the event to predict (default: purchase)")
    parser.add_argument("--cutoff", default="", help="moment of the prediction, UTC (default: HORIZON days ago)")
    parser.add_argument("--horizon", default="7", help="days after it in which the goal counts (default: 7)")
    parser.add_argument("--days", default="28", help="days before it that are looked at (default: 28)")
    parser.add_argument("--minutes", default="2", help="of a session before its prediction is made (default: 2)")
    parser.add_argument("--si", default="", help="site (default: the one with most events)")
    parser.add_argument("--out", default="features", help="folder for the files (default: features)")
    add_where(parser)
    return parser


if __name__ == "__main__":
    main()
