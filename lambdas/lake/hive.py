"""Names of partitions' folders, as Hive writes them, and Athena after it: FileUtils.java, escapePathName."""

import re
from typing import Final
from urllib.parse import quote, unquote

_ESCAPED: Final = re.compile("[\x00-\x1f\"#%'*/:=?\\\\\x7f{}\\[\\]^]")


def folder(value: str) -> str:
    """What stands after `si=` for this value."""
    return _ESCAPED.sub(lambda found: quote(found[0], safe=""), value)


def value(folder: str) -> str:
    """The reverse."""
    return unquote(folder)
