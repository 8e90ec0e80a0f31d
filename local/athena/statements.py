"""What a query's text asks for: its kind and its parts. Pure: text in, one of these classes out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.errors import MalformedError

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_TEXT: Final = r"'((?:[^']|'')*)'"
_PROPERTY: Final = r"\w+\s*=\s*(?:'(?:[^']|'')*'|array\s*\[[^\]]*\])\s*"
_WORDS: Final = {
    "SHOW TABLES": re.compile(r"show\s+tables(?:\s+(?:in|from)\s+\S+)?(?:\s+'(?P<like>[^']*)')?", re.IGNORECASE),
    "SHOW VIEWS": re.compile(
        r"show\s+views(?:\s+(?:in|from)\s+\S+)?(?:\s+(?:like\s+)?'(?P<like>[^']*)')?", re.IGNORECASE
    ),
    "SHOW COLUMNS": re.compile(r"show\s+columns\s+(?:in|from)\s+(?P<name>\S+)", re.IGNORECASE),
    "SHOW PARTITIONS": re.compile(r"show\s+partitions\s+(?P<name>\S+)", re.IGNORECASE),
    "DESCRIBE": re.compile(r"desc(?:ribe)?\s+(?P<name>\S+)", re.IGNORECASE),
}


@dataclass(frozen=True)
class Select:
    """A query alone."""

    query: exp.Query


@dataclass(frozen=True)
class CreateView:
    """`sql` is the query as it was written."""

    name: str
    query: exp.Query
    sql: str
    replace: bool


@dataclass(frozen=True)
class DropView:
    """`exists`: IF EXISTS was said."""

    name: str
    exists: bool


@dataclass(frozen=True)
class Insert:
    """`columns` as named in the statement, or none: all of them in the table's order."""

    table: str
    columns: tuple[str, ...]
    query: exp.Query


@dataclass(frozen=True)
class Unload:
    """`location` is an S3 address, `compression` a name Parquet knows."""

    query: exp.Query
    location: str
    compression: str
    partitioned_by: tuple[str, ...]


@dataclass(frozen=True)
class Show:
    """`name` is a table, or a pattern of SHOW TABLES and SHOW VIEWS in which * stands for anything."""

    what: str
    name: str


Statement = Select | CreateView | DropView | Insert | Unload | Show
Type = Literal["DML", "DDL", "UTILITY"]


def statement_type(statement: Statement) -> Type:
    """As GetQueryExecution names it."""
    if isinstance(statement, CreateView | DropView):
        return "DDL"
    return "UTILITY" if isinstance(statement, Show) else "DML"


def with_parameters(sql: str, parameters: Sequence[str]) -> str:
    """Each `?` replaced, in order. A parameter is a literal as SQL writes it: 5, or 'tea' with its quotes.

    https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
    """
    places = [token for token in _tokens(sql) if token.token_type is TokenType.PLACEHOLDER]
    if len(places) != len(parameters):
        raise MalformedError(f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}")
    for place, parameter in zip(reversed(places), reversed(parameters), strict=True):
        value = _parse(parameter)
        bare = value.this if isinstance(value, exp.Neg | exp.Cast) else value
        if not isinstance(bare, exp.Literal | exp.Boolean | exp.Null):
            raise MalformedError(f"Execution parameter {parameter!r} is no literal: quote text as 'text'")
        sql = f"{sql[: place.start]}{parameter}{sql[place.end + 1 :]}"
    return sql


def parse(sql: str) -> Statement:
    """Raises MalformedError for what is no single statement of a kind Penstock has use for."""
    text = sql.strip().removesuffix(";").strip()
    tokens = _tokens(text)
    first = tokens[0].text.upper() if tokens else ""
    if first in ("SHOW", "DESCRIBE", "DESC"):
        return _show(text)
    if first == "UNLOAD":
        return _unload(text, tokens)
    tree = _parse(text)
    if isinstance(tree, exp.Query):
        return Select(tree)
    if isinstance(tree, exp.Create) and tree.kind == "VIEW" and isinstance(tree.this, exp.Table):
        body = next(token for token in tokens if token.token_type is TokenType.ALIAS)
        return CreateView(
            tree.this.name.lower(), _query(tree.expression), text[body.end + 1 :].strip(), tree.args["replace"]
        )
    if isinstance(tree, exp.Drop) and tree.kind == "VIEW":
        return DropView(tree.args["tables"][0].name.lower(), bool(tree.args.get("exists")))
    if isinstance(tree, exp.Insert):
        into = tree.this
        columns = tuple(one.name.lower() for one in into.expressions) if isinstance(into, exp.Schema) else ()
        table = into.this if isinstance(into, exp.Schema) else into
        return Insert(table.name.lower(), columns, _query(tree.expression))
    raise MalformedError("Queries of this type are not supported")


def _tokens(sql: str) -> list[Token]:
    try:
        return sqlglot.tokenize(sql, read="trino")
    except TokenError as error:
        raise MalformedError(f"Syntax error: {_ANSI.sub('', str(error)).splitlines()[0]}") from None


def _parse(sql: str) -> exp.Expr:
    try:
        found = [one for one in sqlglot.parse(sql, read="athena") if one is not None]
    except ParseError as error:
        first = error.errors[0]
        raise MalformedError(f"line {first['line']}:{first['col']}: mismatched input '{first['highlight']}'") from None
    except TokenError as error:
        raise MalformedError(f"Syntax error: {_ANSI.sub('', str(error)).splitlines()[0]}") from None
    if len(found) != 1:
        raise MalformedError("Only one sql statement is allowed" if found else "Query string is empty")
    return found[0]


def _query(tree: exp.Expr | None) -> exp.Query:
    if not isinstance(tree, exp.Query):
        raise MalformedError("Queries of this type are not supported")
    return tree


def _show(text: str) -> Show:
    for what, words in _WORDS.items():
        if found := words.fullmatch(text):
            name = next((value for value in found.groupdict().values() if value), "")
            return Show(what, name.replace("`", "").replace('"', "").rpartition(".")[2].lower())
    raise MalformedError("Queries of this type are not supported")


def _unload(text: str, tokens: Sequence[Token]) -> Unload:
    """`UNLOAD (query) TO 's3://…' WITH (format = 'PARQUET', …)`: the query ends where its bracket closes."""
    depth, end = 0, 0
    for place, token in enumerate(tokens):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if token.token_type is TokenType.R_PAREN and not depth:
            end = place
            break
    rest = tokens[end + 1 :]
    if not end or len(rest) < 2 or rest[0].text.upper() != "TO" or rest[1].token_type is not TokenType.STRING:
        raise MalformedError("UNLOAD is written UNLOAD (query) TO 's3://bucket/prefix/' WITH (format = 'PARQUET')")
    inner = text[tokens[1].end + 1 : tokens[end].start]
    given = _properties(text[rest[2].start :]) if len(rest) > 2 else {}
    if unknown := given.keys() - {"format", "compression", "partitioned_by"}:
        raise MalformedError(f"UNLOAD property '{min(unknown)}' is not known to the local Athena")
    kind = str(given.get("format", "")).upper()
    if kind != "PARQUET":
        raise MalformedError(f"UNLOAD writes format = 'PARQUET' here, and not {kind or 'without a format'}")
    keys = given.get("partitioned_by", ())
    return Unload(
        _query(_parse(inner)),
        rest[1].text,
        str(given.get("compression", "GZIP")).upper(),
        (keys,) if isinstance(keys, str) else keys,
    )


def _properties(text: str) -> dict[str, str | tuple[str, ...]]:
    """`WITH (format = 'PARQUET', partitioned_by = ARRAY['dt'])`."""
    body = re.fullmatch(rf"with\s*\(\s*({_PROPERTY}(?:,\s*{_PROPERTY})*)\)", text, re.IGNORECASE | re.DOTALL)
    if not body:
        raise MalformedError("UNLOAD's properties are written WITH (format = 'PARQUET', partitioned_by = ARRAY['dt'])")
    found: dict[str, str | tuple[str, ...]] = {}
    for one in re.findall(_PROPERTY, body[1], re.IGNORECASE):
        name, _, value = (part.strip() for part in one.partition("="))
        texts = tuple(text.replace("''", "'") for text in re.findall(_TEXT, value))
        found[name.lower()] = texts if value.lower().startswith("array") else texts[0]
    return found
