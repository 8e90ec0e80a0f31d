"""The Glue columns of table `raw`: one raw line of the contract, version 1. Pure data.

Lines are read by name; the order is that of the columns in a Parquet file of `events`, which is read in pieces: what
is asked for often stands together in the middle, so that a piece has little else.

SerDe: `org.openx.data.jsonserde.JsonSerDe` (input `org.apache.hadoop.mapred.TextInputFormat`, output
`org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat`). It gives a nested JSON object that meets a
`string` column as its JSON text, which is how `props` and `user` stay schemaless; the Hive one
(`org.apache.hive.hcatalog.data.JsonSerDe`) refuses such a row. Its parameters, `SERDE_PARAMETERS`:

- `case.insensitive` = `FALSE`. The default lower-cases every key of the document, those inside `props` too:
  `{"itemId": 1}` would be asked as `$.itemid`, and `{"A": 1, "a": 2}` is a duplicate key, hence a lost row.
  The contract's own keys are lower case already.
- `ignore.malformed.json` = `TRUE`. One torn line (an object somebody else put there) gives a row of nulls
  rather than failing every query over its partition. Collect writes no such line; `where eid is not null`
  leaves such rows out.

`ts`, `created_at`, `sent_at`, `received_at` are epoch milliseconds: `from_unixtime(ts / 1000)`. The name
`user` is reserved in Athena's DDL only, which is not used here; in a query it stands as it is.

Source: https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Column:
    """One Glue column: `glue_type` in Hive's notation (`bigint`, `struct<a:string>`, `array<string>`)."""

    name: str
    glue_type: str
    comment: str


SERDE: Final = "org.openx.data.jsonserde.JsonSerDe"
SERDE_PARAMETERS: Final = {"case.insensitive": "FALSE", "ignore.malformed.json": "TRUE"}


def _struct(*fields: str) -> str:
    return f"struct<{','.join(f'{name}:string' for name in fields)}>"


COLUMNS: Final = (
    Column("v", "int", "Contract version, 1"),
    Column("eid", "string", "Event id, a UUID; a retry has the same one"),
    Column("created_at", "bigint", "The client's clock at the event, epoch ms, as given"),
    Column("sent_at", "bigint", "The client's clock at sending, epoch ms, as given"),
    Column("received_at", "bigint", "The server's clock at arrival, epoch ms"),
    Column("page", _struct("url", "title", "referrer", "path"), "The page the event happened on"),
    Column("ts", "bigint", "When it happened, epoch ms, the client's clock corrected"),
    Column("seq", "bigint", "Counter per visitor, gapless: a gap is a lost event"),
    Column("geo", _struct("city", "region", "country"), "From CloudFront's viewer headers"),
    Column("si", "string", "Site"),
    Column("uid", "string", "User"),
    Column("name", "string", "Event name or title; NO TITLE where one was due and empty"),
    Column("flags", "array<string>", "staging, impersonating, proxy, bot, no_state …"),
    Column("sid", "string", "Session"),
    Column(
        "campaign",
        _struct("source", "medium", "channel", "name", "term", "content", "click_id"),
        "Where the visitor came from",
    ),
    Column("props", "string", "What was sent, JSON text: json_extract_scalar(props, '$.price')"),
    Column("user", "string", "Persistent user properties and identity, JSON text"),
    Column("device", _struct("screen", "viewport", "lang", "tz", "ua"), "The visitor's browser"),
    Column("ip", "string", "By policy: null, truncated or kept"),
    Column("src", _struct("lib", "ver", "api"), "The client that sent it, and the way in"),
)

# lambdas/collect/badrow.py writes them.
BAD_COLUMNS: Final = (
    Column("id", "string", "Of this bad row, a UUID"),
    Column("received_at", "bigint", "The server's clock at arrival, epoch ms"),
    Column("reason", "string", "Why, of a closed list"),
    Column("detail", "string", "Which field, and what it takes; never a value"),
    Column("request", "string", "What was sent, JSON text: json_extract_scalar(request, '$.body')"),
)

PARTITION_KEYS: Final = (
    Column("dt", "string", "Day of arrival, UTC, YYYY-MM-DD"),
    Column("hour", "string", "Hour of arrival, UTC, HH"),
)

# Of `events`: the columns of `raw` but the site, which is a partition key.
EVENT_COLUMNS: Final = tuple(column for column in COLUMNS if column.name != "si")
EVENT_PARTITION_KEYS: Final = (
    Column("si", "string", "Site; url-encoded where it has other characters than ASCII"),
    Column("dt", "string", "Day it happened (of ts), UTC, YYYY-MM-DD"),
)
