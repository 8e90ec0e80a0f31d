"""What Athena says of a query that it cannot answer."""


class AthenaError(Exception):
    """A query that failed; `code` is Trino's name for why, the message one line, as Athena puts the two together.

    https://trino.io/docs/current/develop/spi-overview.html has no list: the names are those of
    `io.trino.spi.StandardErrorCode` and the Hive connector's `HiveErrorCode`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class MalformedError(Exception):
    """What is no query at all: refused before it starts, as Athena does (InvalidRequestException)."""


class LimitError(Exception):
    """The workgroup lets no query scan so many bytes."""

    def __init__(self) -> None:
        super().__init__("Bytes scanned limit was exceeded")


def unknown_column(name: str, where: str = "", hint: str = "") -> AthenaError:
    """As Athena, which says the same of a column that is not there and of one that may not be read."""
    told = f"{where}Column '{name}' cannot be resolved or requester is not authorized to access requested resources"
    return AthenaError("COLUMN_NOT_FOUND", f"{told}{hint}")
