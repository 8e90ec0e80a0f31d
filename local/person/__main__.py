"""`make export-user UID=…` and `make erase-user UID=…`: all of one person, as JSON or away for good."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.person import search
from local.person.erase import Report, erase
from local.person.export import export
from local.person.who import Person
from local.query.engine import QueryError
from local.stack import LocalError
from local.stored.deployed import Deployed, deployed
from local.where import add_where, stage_of

# Firehose holds lines for five minutes at most, and the tracker sends again what was not stored.
ON_THE_WAY: Final = timedelta(minutes=10)


def main() -> None:
    asked = _parser().parse_args()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        it = deployed(stage_of(asked))
        if asked.what == "export":
            _export(it, _person(it, asked), asked.out, console)
        else:
            with console.status("…") as status:
                report = erase(it, _person(it, asked), lambda step: status.update(f"{step} …"))
            _tell(report, console)
    except (LocalError, QueryError) as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be asked: {error}")
    except KeyboardInterrupt:
        sys.exit("Broken off: run it again, it goes on from where it was.")


def _person(it: Deployed, asked: argparse.Namespace) -> Person:
    si = asked.si or None
    if asked.uid:
        return Person(frozenset([asked.uid]), si)
    if asked.what == "export" and asked.user_id:
        return Person(search.visitor_ids(it.engine, it.tables & {"raw", "events"}, asked.user_id, si), si)
    raise LocalError("Say whose: UID=…" + (" or USER_ID=…" if asked.what == "export" else ""))


def _export(it: Deployed, person: Person, out: str, console: Console) -> None:
    if out:
        part = Path(f"{out}.part")
        try:
            with part.open("wb") as file:
                counts = export(it, person, file)
            part.replace(out)
        except OSError as error:
            raise LocalError(f"OUT={out} cannot be written: {error.strerror}") from None
    else:
        counts = export(it, person, sys.stdout.buffer)
    console.print(", ".join(f"{count:,} {name}" for name, count in counts.items()) + (f" → {out}" if out else ""))


def _tell(report: Report, console: Console) -> None:
    taken = report.taken
    console.print(f"raw     {taken.raw.taken:,} lines of {taken.raw.objects:,} objects erased")
    console.print(f"events  {taken.events.taken:,} rows of {taken.events.objects:,} files erased")
    console.print(f"bad     {taken.bad.taken:,} rows of {taken.bad.objects:,} objects erased")
    console.print(f"state   {taken.state:,} records erased")
    if taken.undelivered.objects:
        console.print(f"        {taken.undelivered.taken:,} lines erased that Firehose could not write")
    if taken.versions:
        console.print(f"        {taken.versions:,} old versions of objects erased")
    console.print(f"        {report.answers:,} objects with answers of queries deleted, whoever they were of")
    console.print("Asked again: raw 0, events 0, bad 0, undelivered 0, state 0.")
    console.print(f"Recorded, without whose, in {report.audit}.")
    again = f"{datetime.now(UTC) + ON_THE_WAY:%H:%M} UTC"
    if not report.drained:
        console.print("[yellow]State still has events in its queue[/], which may be theirs.")
    console.print(f"Events on their way are not in S3 yet: run it again after {again}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make export-user / erase-user", description=__doc__)
    parser.add_argument("what", choices=("export", "erase"))
    parser.add_argument("--uid", default="", help="the visitor's id, as in the column uid")
    parser.add_argument("--user-id", default="", help="export: the site's own id, as given to identify")
    parser.add_argument("--si", default="", help="on that site alone")
    parser.add_argument("--out", default="", help="export: the file to write (default: standard output)")
    add_where(parser)
    return parser


if __name__ == "__main__":
    main()
