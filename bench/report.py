"""Tables as Markdown, the same in the terminal and in docs."""

from collections.abc import Sequence


def markdown(rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """The first row is the head; with `numbers` columns after the first are aligned to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *body = ["| " + " | ".join(_cells(row, widths, numbers)) + " |" for row in rows]
    rule = "|" + "|".join(
        "-" * (width + 1) + (":" if numbers and column else "-") for column, width in enumerate(widths)
    )
    return "\n".join([head, rule + "|", *body])


def _cells(row: Sequence[str], widths: Sequence[int], numbers: bool) -> list[str]:
    return [
        text.rjust(width) if numbers and column else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
