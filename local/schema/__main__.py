"""`make schema`: reads what has been sent under each event name, and makes or widens a typed view for it.

The schema is kept in the deployment's bucket. What changed is told; a column once there stays, whatever is sent later.
"""

import argparse
import sys
from datetime import UTC, date, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.query.engine import QueryError
from local.schema.deploy import KEY, follow
from local.schema.model import Change, SchemaInvalidError
from local.stack import LocalError
from local.stored.deployed import deployed
from local.where import add_where, stage_of

MOST_DAYS = 400


def main() -> None:
    asked = _parser().parse_args()
    console = Console(highlight=False)
    try:
        first, last = window(asked.days, datetime.now(UTC).date())
        it = deployed(stage_of(asked))
        schema, changes, made = follow(it, first, last, write=not asked.check)
    except (LocalError, QueryError, SchemaInvalidError) as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be asked: {error}")
    except KeyboardInterrupt:
        sys.exit("Broken off: run it again.")
    show(changes, console)
    columns = sum(len(view.properties) for view in schema.values())
    console.print(f"{len(schema):,} event names, {columns:,} properties, from {first} to {last}.")
    if asked.check:
        sys.exit(any(change.what not in ("odd", "left out") for change in changes))
    console.print(f"{made:,} views made or changed. The schema is s3://{it.bucket}/{KEY}", soft_wrap=True)


def show(changes: list[Change], console: Console) -> None:
    if not changes:
        console.print("Nothing has changed.")
        return
    table = Table("change", "event", "property", "", header_style="bold")
    for change in changes:
        table.add_row(*(Text(cell) for cell in (change.what, change.event, change.name, change.detail)))
    console.print(table)


def window(days: str, today: date) -> tuple[date, date]:
    """The last so many days, today among them. Raises LocalError."""
    if not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
        raise LocalError(f"DAYS={days}: give a number of days from 1 to {MOST_DAYS}.")
    return today - timedelta(days=int(days) - 1), today


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make schema", description=__doc__)
    parser.add_argument("--days", default="7", help="how many days back to look, today among them (default: 7)")
    parser.add_argument("--check", action="store_true", help="tell, write nothing; exit status 1 where it has changed")
    add_where(parser)
    return parser


if __name__ == "__main__":
    main()
