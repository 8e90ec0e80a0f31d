"""A small lake of hand-made events, asked through the views that ship."""

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from infra.lake_columns import COLUMNS
from lambdas.common.event import Event, to_line
from lambdas.lake import views
from local.query import shipped
from local.query.engine import Result
from tests.athena import BUCKET, asked_directly, aws, client_of, make_lake, raw_table

Rows = list[tuple[str | None, ...]]


def at(text: str) -> int:
    """`2026-11-20 10:00` (UTC) as epoch ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


class World:
    """Raw lines in S3, as the collector writes them, and the views over them."""

    def __init__(self, cache: Path) -> None:
        make_lake(raw_table())
        self._s3 = aws("s3")
        self.engine = client_of(asked_directly(cache))
        # Nothing is compacted here: all_events is the raw lines, by the day they happened on.
        columns = ", ".join(f'"{column.name}"' for column in COLUMNS)
        day = "cast(date(from_unixtime(ts / 1000.0)) AS varchar)"
        self.engine.run(views.create("all_events", f"SELECT {columns}, {day} AS dt FROM raw"))
        for view in views.load():
            self.engine.run(view.create)

    def hold(self, events: Iterable[Event]) -> None:
        """These events and no others."""
        body = b"".join(map(to_line, events))
        self._s3.put_object(Bucket=BUCKET, Key="raw/dt=2026-11-21/hour=00/x.gz", Body=gzip.compress(body, mtime=0))

    def ask(self, sql: str) -> Rows:
        """Rows as Athena gives them: text, None for NULL."""
        return list(self.engine.run(sql).rows)

    def answer(self, question: str, **given: str) -> Result:
        """What a question that ships says (`queries/traffic`), with these parameters."""
        folder, _, name = question.partition("/")
        asked = shipped.load(name, folder)
        return self.engine.run(asked.sql, asked.literals(given))
