"""`python -m local.query --sql "select name, count(*) n from raw group by name"`; see `--help`."""

import argparse
import csv
import re
import shlex
import sys
from collections.abc import Sequence
from typing import TextIO

from botocore.exceptions import BotoCoreError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.aws import account_session, client_options, emulator_session, load_outputs
from local.query import shipped
from local.query.client import Client
from local.query.engine import LEAST_BYTES_BILLED, Column, Engine, QueryError, Result
from local.stack import LocalError, LocalStack
from local.where import add_where

SHOWN_ROWS = 1000
# A number with more decimals than anybody reads.
_LONG = re.compile(r"-?\d+\.\d{7,}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print, and return the exit status: 0, or 1 with one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        sql, parameters = _asked(options.sql, options.question, options.given)
        engine = account_engine(options.stage) if options.account else emulator_engine(LocalStack.from_environ())
        result = engine.run(sql, parameters)
    except (QueryError, LocalError) as error:
        Console(stderr=True, soft_wrap=True).print(Text.assemble(("error ", "bold red"), str(error)))
        return 1
    except KeyboardInterrupt:
        return 130
    if options.csv:
        write_csv(result, sys.stdout)
    else:
        show(result, Console())
    return 0


def _asked(sql: str, question: str, given: str) -> tuple[str, list[str]]:
    """The query, and what stands for its question marks. Raises QueryError."""
    if not question:
        if not sql:
            known = "\n".join(f"  {one.name:18} {one.about}" for one in shipped.load_all())
            raise QueryError(f"Say what to ask: SQL=… or Q=… with one of\n{known}")
        return sys.stdin.read() if sql == "-" else sql, []
    found = shipped.load(question)
    try:
        pairs = [pair.partition("=") for pair in shlex.split(given)]
    except ValueError as error:
        raise QueryError(f"WITH={given} cannot be read: {error}.") from None
    if odd := next((name for name, equals, _ in pairs if not equals), None):
        raise QueryError(f"WITH: {odd!r} stands alone. Write name=value, with quotes around what has blanks in it.")
    return found.sql, found.literals({name: value for name, _, value in pairs})


def emulator_engine(stack: LocalStack) -> Engine:
    """The local stack's. Raises LocalError when `make up` has not run."""
    outputs = load_outputs(stack)
    session, config = emulator_session(outputs), client_options(outputs)["config"]
    return Client(
        session.client("athena", endpoint_url=outputs.athena_endpoint_url, config=config),
        session.client("glue", endpoint_url=outputs.aws_endpoint_url, config=config),
        database=outputs.glue_database,
        workgroup=outputs.athena_workgroup,
    )


def account_engine(stage: str) -> Engine:
    """The caller's AWS account and region, by the names the stage's stacks give (infra/lake.py)."""
    session = account_session()
    try:
        return Client(
            session.client("athena"),
            session.client("glue"),
            database=f"penstock_{stage}",
            workgroup=f"penstock-{stage}",
        )
    except BotoCoreError as error:
        raise QueryError(f"AWS cannot be asked: {error}") from None


def show(result: Result, console: Console) -> None:
    """The rows as a table, or one below the other where that is too wide; then what they took and would cost."""
    rows = [[_cell(*given) for given in zip(result.columns, row, strict=True)] for row in result.rows[:SHOWN_ROWS]]
    plain, narrow = (_table(result, rows, narrow=narrow) for narrow in (False, True))
    if fitting := next((one for one in (plain, narrow) if _fits(one, console)), None if rows else narrow):
        console.print(fitting)
    else:
        for number, row in enumerate(rows, 1):
            record = Table.grid(padding=(0, 2, 0, 0))
            record.add_column(style="bold", no_wrap=True)
            record.add_column(overflow="fold")
            for column, cell in zip(result.columns, row, strict=True):
                record.add_row(Text(f"  {column.name}"), cell)
            console.print(Text(f"row {number:,}", style="cyan"), record, sep="\n")
    count = len(result.rows)
    shown = f", the first {SHOWN_ROWS:,} shown (CSV=1 gives all)" if count > SHOWN_ROWS else ""
    least = " (Athena bills 10 MB at least)" if 0 < result.bytes_scanned < LEAST_BYTES_BILLED else ""
    console.print(
        f"{count:,} row{'' if count == 1 else 's'}{shown} · {result.seconds:.2f} s"
        f" · {human_bytes(result.bytes_scanned)} scanned · ${result.usd:.5f} in an account{least}",
        style="cyan",
        highlight=False,
        soft_wrap=True,
    )


def _table(result: Result, rows: Sequence[Sequence[Text]], *, narrow: bool) -> Table:
    table = Table(header_style="bold", row_styles=("", "dim"))
    for column in result.columns:
        name = column.name.replace("_", "_\n") if narrow else column.name
        table.add_column(Text(name), justify="right" if column.is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _fits(table: Table, console: Console) -> bool:
    return table.__rich_measure__(console, console.options.update(max_width=10_000)).maximum <= console.width


def _cell(column: Column, cell: str | None) -> Text:
    if cell is None:
        return Text("NULL", style="dim italic")
    if column.type in ("double", "real", "float") and _LONG.fullmatch(cell) and abs(float(cell)) >= 0.001:
        return Text(str(round(float(cell), 6)))
    return Text(cell)


def write_csv(result: Result, out: TextIO) -> None:
    """Names, then every row; NULL is an empty field."""
    writer = csv.writer(out)
    writer.writerow(column.name for column in result.columns)
    writer.writerows(result.rows)


def human_bytes(count: int) -> str:
    """`12.3 MB`, in powers of 1,000 as Athena bills."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make query", description="Ask the events in Athena SQL.")
    parser.add_argument("--sql", default="", help="the query; - reads it from standard input")
    parser.add_argument("--question", default="", help="instead: one of lake/queries, by name")
    parser.add_argument("--given", default="", help='its parameters: "si=shop.example from=2026-11-01 to=2026-11-20"')
    add_where(parser)
    parser.add_argument("--csv", action="store_true", help="print CSV instead of a table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
