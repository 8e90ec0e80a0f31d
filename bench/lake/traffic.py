"""A month of a shop's traffic in three layouts, below one folder: raw lines, and the layout of a peer.

`events`, the project's own Parquet, is not written here: the project's own compaction makes it of the raw lines.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb

FIRST: Final = date(2026, 10, 1)
DAYS: Final = 30
_MACROS: Final = Path(__file__).with_name("traffic.sql")
_DAY_MS: Final = 86_400_000
# By sessions of 8.6 events and 2.4 sessions a visitor.
_EVENTS_A_SESSION: Final = 8.62
_SESSIONS_A_VISITOR: Final = 2

# serverless-website-analytics' Glue tables (its README, "What's in the box"), as its Firehose would write them:
# Parquet, Snappy, in the order of arrival, by site and day. It writes a page view twice, on arrival and on leaving,
# and one file each quarter of an hour; here it is written once, one file a day, which favours it.
_SHARED: Final = """
geo.country AS country_iso, geo.country AS country_name, geo.city AS city_name,
CASE WHEN device.ua LIKE '%Mobile%' THEN 'Mobile' ELSE 'Desktop' END AS device_type, len(flags) > 0 AS is_bot,
campaign.source AS utm_source, campaign.medium AS utm_medium, campaign."name" AS utm_campaign,
campaign.term AS utm_term, campaign."content" AS utm_content,
CASE WHEN page.url LIKE '%?%' THEN split_part(page.url, '?', 2) END AS querystring, page.referrer AS referrer,
si AS site"""
FIXED: Final = {
    "page_views": f"""
SELECT uid AS user_id, sid AS session_id, eid AS page_id, page.path AS page_url,
    make_timestamp(ts * 1000) AS page_opened_at, (hash(eid) % 120)::INTEGER AS time_on_page, {_SHARED},
    dt AS page_opened_at_date
FROM day WHERE name = 'page_view' ORDER BY ts""",
    "events_fixed": f"""
SELECT uid AS user_id, sid AS session_id, eid AS event_id, 'shop' AS category, name AS event,
    make_timestamp(ts * 1000) AS tracked_at,
    coalesce((props->>'price')::DOUBLE, (props->>'value')::DOUBLE, 0) AS data, {_SHARED}, dt AS tracked_at_date
FROM day WHERE name <> 'page_view' ORDER BY ts""",
}


DAY_COLUMN: Final = {"page_views": "page_opened_at_date", "events_fixed": "tracked_at_date"}


@dataclass(frozen=True)
class Traffic:
    """About `events` events a month, the same each time, of it the last `days`.

    In `folder`/raw, /page_views and /events_fixed.

    `parquet`: raw is not the lines but a Parquet file of their values, in a tenth of the time, for whom only wants
    `events` made of it.
    """

    events: int
    folder: Path
    parquet: bool = False
    days: int = DAYS

    def write(self) -> int:
        """Writes what is missing, day by day; returns the number of events."""
        marker = self.folder / "written"
        if marker.exists():
            return int(marker.read_text())
        with duckdb.connect(
            config={"threads": 2, "memory_limit": "6GB", "temp_directory": str(self.folder)}
        ) as connection:
            connection.execute(_MACROS.read_text("utf-8"))
            total = sum(self._day(connection, number) for number in range(DAYS - self.days, DAYS))
        marker.write_text(str(total))
        return total

    def _day(self, connection: duckdb.DuckDBPyConnection, number: int) -> int:
        sessions = int(self.events / _EVENTS_A_SESSION)
        first = int((FIRST - date(1970, 1, 1)).days) * _DAY_MS
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE day AS"
            f" FROM events_of(0, {sessions}, {sessions // _SESSIONS_A_VISITOR}, {DAYS}, {first}, {number}) ORDER BY ts"
        )
        day = FIRST + timedelta(days=number)
        for (hour,) in connection.execute("SELECT DISTINCT hour FROM day ORDER BY hour").fetchall():
            folder = self.folder / "raw" / f"dt={day}" / f"hour={hour}"
            folder.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f'COPY (SELECT * EXCLUDE (dt, hour) REPLACE (props::VARCHAR AS props, "user"::VARCHAR AS "user")'
                f" FROM day WHERE hour = '{hour}') TO '{folder}/lines.parquet' (FORMAT parquet, COMPRESSION zstd)"
                if self.parquet
                else f"COPY (SELECT * EXCLUDE (dt, hour) FROM day WHERE hour = '{hour}')"
                f" TO '{folder}/lines.json.gz' (FORMAT json, COMPRESSION gzip)"
            )
        for table, query in FIXED.items():
            connection.execute(
                f"COPY ({query}) TO '{self.folder / table}' (FORMAT parquet, COMPRESSION snappy,"
                f" PARTITION_BY (site, {DAY_COLUMN[table]}), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'day{number}-')"
            )
        return int(connection.execute("SELECT count(*) FROM day").fetchall()[0][0])
