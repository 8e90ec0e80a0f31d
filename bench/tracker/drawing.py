"""Dots on a logarithmic scale, one row for each tracker, as an SVG that needs no script and no font."""

import math
from collections.abc import Sequence
from html import escape

_LABEL, _WIDTH, _ROW, _TOP = 250, 460, 22, 58
_OURS, _OTHERS, _INK, _LINE = "#b3261e", "#5f6b7a", "#2b3138", "#d5dae0"


def dots(title: str, unit: str, rows: Sequence[tuple[str, float, bool]]) -> tuple[str, int]:
    """A panel and its height; each row is a name, a value above 0 and whether it is ours."""
    low = math.floor(math.log10(min(value for _, value, _ in rows)))
    high = math.ceil(math.log10(max(value for _, value, _ in rows)))
    bottom = _TOP + _ROW * len(rows)

    def at(value: float) -> float:
        return _LABEL + _WIDTH * (math.log10(value) - low) / (high - low)

    parts = [f'<text x="0" y="20" font-size="15" font-weight="bold" fill="{_INK}">{escape(f"{title} ({unit})")}</text>']
    for power in range(low, high + 1):
        x = at(10**power)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 12}" y2="{bottom - 6}" stroke="{_LINE}"/>')
        parts.append(f'<text x="{x:.1f}" y="{_TOP - 18}" text-anchor="middle" fill="{_INK}">{10**power:,}</text>')
    for number, (name, value, ours) in enumerate(rows):
        y, color = _TOP + _ROW * number, _OURS if ours else _OTHERS
        parts.append(f'<text x="{_LABEL - 14}" y="{y + 4}" text-anchor="end" fill="{color}">{escape(name)}</text>')
        parts.append(f'<circle cx="{at(value):.1f}" cy="{y}" r="5" fill="{color}"/>')
        parts.append(f'<text x="{at(value) + 10:.1f}" y="{y + 4}" fill="{_INK}">{_short(value)}</text>')
    return "\n".join(parts), bottom + 20


def drawing(panels: Sequence[tuple[str, int]]) -> str:
    """The panels one below the other."""
    placed, y = [], 10
    for panel, height in panels:
        placed.append(f'<g transform="translate(16 {y})">\n{panel}\n</g>')
        y += height
    width = _LABEL + _WIDTH + 90
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" '
        'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
        + "\n".join(placed)
        + "\n</svg>\n"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
