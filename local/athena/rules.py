"""Where Trino and DuckDB differ: a node of the parsed query -> what to write instead, or None to leave it.

Types (`node.type`) are annotated by then, children already rewritten. Functions named trino_… and those that
DuckDB lacks are in macros.sql.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import sqlglot
from sqlglot import exp

_TEXT: Final = exp.DataType.TEXT_TYPES
_WHOLE: Final = exp.DataType.INTEGER_TYPES

# https://trino.io/docs/current/functions/datetime.html#java-date-functions
_JODA_RUN: Final = re.compile(r"'[^']*'|([A-Za-z])\1*")
_JODA: Final[Mapping[str, str]] = {
    **{"yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m"},
    **{"dd": "%d", "d": "%-d", "EEEE": "%A", "EEE": "%a", "E": "%a", "HH": "%H", "H": "%-H", "hh": "%I"},
    **{"h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "a": "%p", "Z": "%z"},
}


def _macro(name: str, *given: exp.Expr | None) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[one.copy() for one in given if one is not None])


def _is(node: exp.Expr | None, *kinds: exp.DType) -> bool:
    return isinstance(node, exp.Expr) and node.is_type(*kinds)


def _typed_as(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=node.copy(), to=exp.DataType.build(kind, dialect="duckdb"))


def _divide(node: exp.Div) -> exp.Expr | None:
    """Whole by DuckDB's integer_division; decimals keep the larger scale, rounded: 100.0 / 3 = 33.3."""
    left, right = node.left, node.right
    scales = _scale(left), _scale(right)
    if None in scales:
        return None  # double, or not known: DuckDB's own
    divisor_is_sure = isinstance(right.unnest(), exp.Literal) and float(right.unnest().name) != 0
    node.set("typed", False)  # else sqlglot wraps TRUNC around it
    # Trino fails on zero; in try() that gives NULL, which is what DuckDB's own division gives.
    plain = divisor_is_sure or node.find_ancestor(exp.Try)
    quotient = node.copy() if plain else _macro("trino_divide", left, right)
    scale = max(scale for scale in scales if scale is not None)
    if not scale:
        return quotient
    rounded = exp.Round(this=quotient, decimals=exp.Literal.number(scale))
    return _typed_as(rounded, f"DECIMAL(38, {scale})")


def _scale(node: exp.Expr) -> int | None:
    """Digits after the point of an exact number, as Trino types it; None for double and what is not a number.

    https://trino.io/docs/current/functions/decimal.html
    """
    node = node.unnest()
    if isinstance(node, exp.Neg):
        return _scale(node.this)
    if isinstance(node, exp.Literal):
        if node.is_string or "e" in node.name.lower():
            return None
        return len(node.name.partition(".")[2])
    if isinstance(node, exp.Cast) and _is(node.to, exp.DType.DECIMAL):
        parameters = node.to.expressions
        return int(parameters[1].name) if len(parameters) > 1 else 0
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        left, right = _scale(node.left), _scale(node.right)
        if left is None or right is None:
            return None
        return left + right if isinstance(node, exp.Mul) else max(left, right)
    if isinstance(node, exp.Sum | exp.Max | exp.Min | exp.Abs) and not _is(node, *_WHOLE):
        return _scale(node.this)
    if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least):
        scales_of = [_scale(one) for one in (node.this, *node.expressions)]
        known = [one for one in scales_of if one is not None]
        return max(known) if len(known) == len(scales_of) else None
    if isinstance(node, exp.Nullif):
        return _scale(node.this)
    return 0 if _is(node, *_WHOLE) else None


def _whole_days(
    node: exp.Add | exp.Sub | exp.DateAdd | exp.DateSub | exp.DateTrunc | exp.TimestampTrunc,
) -> exp.Expr | None:
    """A date plus days is a date; in DuckDB a timestamp, whose text no longer compares with `dt`."""
    if not _is(node.this, exp.DType.DATE):
        return None
    if isinstance(node, exp.Add | exp.Sub) and not isinstance(node.expression, exp.Interval):
        return None
    return _typed_as(node, "DATE")


def _date_add(node: exp.DateAdd) -> exp.Expr | None:
    """Trino counts in 32 bits when it adds to a timestamp: milliseconds since 1970 are too many."""
    if whole := _whole_days(node):
        return whole
    node.set("expression", _macro("trino_32_bits", node.expression))
    return None


def _cast(node: exp.Cast) -> exp.Expr | None:
    if _is(node.to, exp.DType.JSON):
        return exp.func("to_json", node.this.copy())  # text becomes a JSON string, it is not parsed
    if node.to.this in _TEXT and _is(node.this, exp.DType.JSON):
        return _macro("trino_json_scalar", node.this, exp.Literal.string("$"))  # without the quotes
    return None


def _json_scalar(node: exp.JSONExtractScalar) -> exp.Expr:
    return _macro("trino_json_scalar", node.this, _json_path(node.expression))


def _json_extract(node: exp.JSONExtract) -> exp.Expr:
    new = _macro("trino_json_extract", node.this, _json_path(node.expression))
    new.type = exp.DataType.build("json")
    return new


def _json_path(path: exp.Expr) -> exp.Expr:
    return (
        exp.Literal.string(path.sql("duckdb").strip("'").replace("''", "'")) if isinstance(path, exp.JSONPath) else path
    )


def _any_match(node: exp.Anonymous) -> exp.Expr | None:
    """any_match, all_match, none_match, and Joda's date patterns: names sqlglot hands through."""
    name, given = node.name.lower(), node.expressions
    if name in ("any_match", "all_match", "none_match") and len(given) == 2:
        condition = given[1].copy()
        if name == "all_match":
            condition.set("this", exp.Not(this=exp.paren(condition.this.copy())))
        kept = exp.func("len", exp.func("list_filter", given[0].copy(), condition))
        return exp.GT(this=kept, expression=exp.Literal.number(0)) if name == "any_match" else kept.eq(0)
    if name == "to_milliseconds":
        return _macro("trino_to_milliseconds", *given)
    if name == "format_datetime" and len(given) == 2:
        return exp.Anonymous(this="strftime", expressions=[given[0].copy(), _joda(given[1])])
    return None


def _joda(pattern: exp.Expr) -> exp.Expr:
    """Java's date pattern as strptime's: letters by their run, text in quotes as it stands."""
    if not isinstance(pattern, exp.Literal):
        return pattern.copy()
    return exp.Literal.string(_JODA_RUN.sub(lambda run: _JODA.get(run[0], run[0].strip("'")), pattern.name))


def _parse_datetime(node: exp.ParseDatetime) -> exp.Expr:
    parsed = exp.Anonymous(this="strptime", expressions=[node.this.copy(), _joda(node.args["format"])])
    return _typed_as(parsed, "TIMESTAMPTZ")


def _from_unixtime(node: exp.UnixToTime) -> exp.Expr:
    zone = node.args.get("zone")
    plain = _macro("trino_from_unixtime", node.this)
    return _macro("at_timezone", plain, zone) if zone else _typed_as(plain, "TIMESTAMPTZ")


def _reduce(node: exp.Reduce) -> exp.Expr:
    folded = exp.func("list_reduce", node.this.copy(), node.args["merge"].copy(), node.args["initial"].copy())
    finished = exp.func("list_transform", exp.array(folded), node.args["finish"].copy())
    return exp.func("list_extract", finished, exp.Literal.number(1))


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expr | None:
    """Java's `$1` is RE2's `\\1`; without replacement the match is removed."""
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if isinstance(replacement, exp.Literal):
        replacement = exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", replacement.name))
    return _macro("regexp_replace", node.this, node.expression, replacement, exp.Literal.string("g"))


def _unnest(node: exp.Unnest) -> exp.Expr | None:
    """Several arrays, a map (key and value) or an array of rows (its fields) become columns side by side."""
    alias = node.args.get("alias")
    offset = node.args.get("offset")
    plain = len(node.expressions) == 1 and not _is(node.expressions[0], exp.DType.MAP)
    columns = list(alias.args.get("columns") or ()) if alias else []
    rows = plain and len(columns) > 1
    if not alias or (plain and not rows):
        return None
    parts: list[str] = []
    for one in node.expressions:
        text = one.sql("duckdb", identify=True)
        if _is(one, exp.DType.MAP):
            parts += [f"UNNEST(MAP_KEYS({text}))", f"UNNEST(MAP_VALUES({text}))"]
        else:
            parts.append(f"UNNEST({text}, max_depth := 2)" if rows else f"UNNEST({text})")
    inner = f"SELECT {', '.join(parts)}"
    if offset:
        inner = f"SELECT *, ROW_NUMBER() OVER () FROM ({inner})"  # noqa: S608
        columns.append(offset)
    names = exp.TableAlias(this=alias.this.copy(), columns=[column.copy() for column in columns])
    return exp.Lateral(this=exp.Subquery(this=sqlglot.parse_one(inner, read="duckdb")), alias=names)


RULES: Final[Mapping[type[exp.Expr], Callable[..., exp.Expr | None]]] = {
    exp.Div: _divide,
    exp.Add: _whole_days,
    exp.Sub: _whole_days,
    exp.DateSub: _whole_days,
    exp.DateTrunc: _whole_days,
    exp.TimestampTrunc: _whole_days,
    exp.Cast: _cast,
    exp.JSONExtractScalar: _json_scalar,
    exp.JSONExtract: _json_extract,
    exp.Anonymous: _any_match,
    exp.DateAdd: _date_add,
    exp.ParseDatetime: _parse_datetime,
    exp.UnixToTime: _from_unixtime,
    exp.Reduce: _reduce,
    exp.RegexpReplace: _regexp_replace,
    exp.Unnest: _unnest,
    # Exact, as Trino's is for few values; DuckDB's estimate is off by some even then.
    exp.ApproxDistinct: lambda node: exp.Count(this=exp.Distinct(expressions=[node.this.copy()])),
    # Trino counts whole units passed, DuckDB's date_diff the borders crossed.
    exp.DateDiff: lambda node: _macro(
        "date_sub", exp.Literal.string(node.text("unit") or "day"), node.expression, node.this
    ),
    # Trino gives the NULL that stands beside the extreme, DuckDB's arg_max skips it.
    exp.ArgMax: lambda node: None if node.args.get("count") else _macro("arg_max_null", node.this, node.expression),
    exp.ArgMin: lambda node: None if node.args.get("count") else _macro("arg_min_null", node.this, node.expression),
    exp.ApproxQuantile: lambda node: _macro(
        "approx_quantile" if isinstance(node.args["quantile"], exp.Array) else "trino_percentile",
        node.this,
        node.args["quantile"],
    ),
    exp.AtTimeZone: lambda node: _macro("at_timezone", node.this, node.args["zone"]),
    exp.RegexpExtract: lambda node: _macro(
        "trino_regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0)
    ),
    exp.SplitPart: lambda node: _macro("trino_split_part", node.this, node.args["delimiter"], node.args["part_index"]),
    exp.ArraySize: lambda node: _macro("cardinality", node.this) if _is(node.this, exp.DType.MAP) else None,
    exp.ArrayDistinct: lambda node: _macro("trino_array_distinct", node.this),
    exp.ArraySlice: lambda node: _macro("trino_slice", node.this, node.args["start"], node.args["end"]),
    exp.ArrayPosition: lambda node: _macro("trino_array_position", node.this, node.expression),
    exp.Format: lambda node: _macro("printf", node.this, *node.expressions),
}
