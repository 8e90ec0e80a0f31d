"""A function's environment as a frozen dataclass, and back: the one contract between infra and runtime.

Field `stream_name` is the variable `STREAM_NAME`. Text stands as it is, a tuple as a JSON array, a bool as
`true`/`false`; None is a variable that is not there. `dump` never looks into a text, so that a CDK token
(`${Token[…]}`) passes through unharmed.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_TRUE, _FALSE = "true", "false"


class EnvironmentInvalidError(Exception):
    """Variables are missing or wrong; `problems` maps each variable's name to what is the matter with it."""

    def __init__(self, model: str, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(f"{model}: " + "; ".join(f"{name} {what}" for name, what in self.problems.items()))


def load(model: type[T], environ: Mapping[str, str]) -> T:
    """`model` (a dataclass) filled from `environ`.

    Raises:
        EnvironmentInvalidError: naming every variable that is missing or wrong, not only the first.
    """
    hints = get_type_hints(model)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields(model):  # type: ignore[arg-type]  # T is a dataclass; typing has no such bound
        name = field.name.upper()
        text = environ.get(name)
        if text is None or (text == "" and not _has_default(field)):
            if not _has_default(field):
                problems[name] = "is missing"
            continue
        try:
            values[field.name] = _read(hints[field.name], text)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise EnvironmentInvalidError(model.__name__, problems)
    return model(**values)


def dump(instance: object) -> dict[str, str]:
    """The variables that `load` makes `instance` of again; every field, defaults too."""
    values = {
        field.name.upper(): getattr(instance, field.name)
        for field in fields(instance)  # type: ignore[arg-type]  # a dataclass instance
    }
    return {name: _write(value) for name, value in values.items() if value is not None}


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _read(hint: Any, text: str) -> Any:
    """`text` as a value of type `hint`; ValueError with half a sentence when it is none."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = [option for option in get_args(hint) if option is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"settings know no type {hint}")
        return _read(inner[0], text)
    if origin is Literal:
        if text not in get_args(hint):
            raise ValueError(f"must be one of {', '.join(map(str, get_args(hint)))}")
        return text
    if origin is tuple:
        return _read_texts(text)
    if hint is bool:
        if text not in (_TRUE, _FALSE):
            raise ValueError(f"must be {_TRUE} or {_FALSE}")
        return text == _TRUE
    if hint in (int, float):
        try:
            return hint(text)
        except ValueError:
            raise ValueError(f"must be a number of type {hint.__name__}") from None
    if hint is str:
        return text
    raise TypeError(f"settings know no type {hint}")


def _read_texts(text: str) -> tuple[str, ...]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("must be a JSON array of strings")
    return tuple(values)


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
