"""`make bad` shows bad rows by reason; `make replay REASON=…` sends those again that are good by now."""

import argparse
import sys
from datetime import date

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from lambdas.collect.reasons import Reason
from local.bad.replay import Outcome, replay
from local.bad.summary import counts, examples, show
from local.query.engine import QueryError
from local.stack import LocalError
from local.stored.deployed import deployed
from local.where import add_where, stage_of


def main() -> None:
    asked = _parser().parse_args()
    console = Console(highlight=False)
    try:
        first, last = _day("FROM", asked.first), _day("TO", asked.last)
        reason = _reason(asked.reason)
        it = deployed(stage_of(asked))
        if "bad" not in it.tables:
            raise LocalError("The deployment is older than this command: deploy it again.")
        if asked.what == "show":
            found = counts(it.engine, reason, first, last)
            if found:
                show(console, found, examples(it.engine, reason, first, last))
            else:
                console.print("There are no bad rows.")
        elif not reason:
            raise LocalError("Say which: REASON=…; `make bad` shows them.")
        else:
            _tell(replay(it, reason, first, last, dry_run=asked.dry_run), console, dry_run=asked.dry_run)
    except (LocalError, QueryError) as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS cannot be asked: {error}")
    except KeyboardInterrupt:
        sys.exit("Broken off: run it again, nothing is loaded twice.")


def _tell(outcome: Outcome, console: Console, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    console.print(f"{outcome.rows:,} bad rows: {outcome.now:,} {would}replayed, {outcome.before:,} were before.")
    console.print(f"{outcome.events:,} events {would}stored; {outcome.present:,} were there already.")
    for reason, count in outcome.still.most_common():
        console.print(f"[yellow]still bad[/] {count:,} {reason}")
    if outcome.behind:
        console.print(f"[yellow]state[/] {outcome.behind:,} records are behind: `make rebuild-state` for today")


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise LocalError(f"{name}={text} is no day: write it as 2026-11-01.") from None


def _reason(text: str) -> str:
    if text and text not in set(Reason):
        raise LocalError(f"There is no reason {text!r}: {', '.join(Reason)}.")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bad / replay", description=__doc__)
    parser.add_argument("what", choices=("show", "replay"))
    parser.add_argument("--reason", default="", help="of docs/reference/http.md")
    parser.add_argument("--from", dest="first", default="", metavar="DAY", help="of arrival (default: the first)")
    parser.add_argument("--to", dest="last", default="", metavar="DAY", help="of arrival (default: today)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    add_where(parser)
    return parser


if __name__ == "__main__":
    main()
