"""The ten questions of questions.sql, and the values they are asked with. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench.lake.traffic import DAYS, FIRST

SITE: Final = "shop.example.com"
LAST: Final = FIRST + timedelta(days=DAYS - 1)
_FILE: Final = Path(__file__).with_name("questions.sql")


@dataclass(frozen=True)
class Question:
    """`own` with {table} in it; `fixed` is empty where that layout has no answer. Of the days from `first` to LAST."""

    title: str
    own: str
    fixed: str
    first: str


def questions(uid: str, days: int = DAYS) -> list[Question]:
    """`uid`: the visitor that one of them asks for; `days`: as many are there, the last ones of the month."""
    values = {
        "site": SITE,
        "month": str(LAST - timedelta(days=days - 1)),
        "week": str(LAST - timedelta(days=min(days, 7) - 1)),
        "last": str(LAST),
        "uid": uid,
        "table": "{table}",
    }
    blocks = re.split(r"^-- question: ", _FILE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = []
    for block in blocks:
        title, texts = block.split("\n", 1)
        own, fixed = re.split(r"^-- fixed:.*$", texts, flags=re.MULTILINE)
        found.append(
            Question(
                title,
                own.strip().format(**values),
                fixed.strip().format(**values),
                values["week" if "{week}" in own else "month"],
            )
        )
    return found
