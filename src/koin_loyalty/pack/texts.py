"""What the pack says in words, the same in the workbook and on the page."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from koin_loyalty.pack.reports import Pack
from koin_loyalty.pack.tables import Kind, week_label

DEFINITIONS = (
    "A week is Monday to Sunday. WoW is the change against the week before; where there is none, "
    "the words say why: first week (of the data or of a list), incomplete week, new (0 before), "
    "still 0, not meaningful (nothing to compare with, or below 0 before).",
    "A transaction is a completed receipt. Net sales are completed receipts and returns, each in "
    "its own week. A tier is the member's on the day.",
    "Rows of all tiers, all SKUs and all members are counted anew, never added up from parts.",
    "1 koin is 1 rupiah.",
)


def restatement_words(pack: Pack) -> str:
    """How many published figures changed since the pack before, in a sentence."""
    if pack.previous is None:
        return f"No week was published before {pack.scope.label}: nothing to restate."
    before = week_label(pack.previous.week_start)
    since = f"since {before} was published ({pack.previous.published_at:%Y-%m-%d %H:%M})"
    count = len(pack.restatements)
    if not count:
        return f"No published figure was restated {since}."
    headlines = sum(restated.is_headline for restated in pack.restatements)
    figures = "1 published figure was" if count == 1 else f"{count:,} published figures were"
    of_them = "it is" if count == 1 else f"{headlines} of them are"
    tail = f"; {of_them} headline figures" if count > 1 else ""
    return f"{figures} restated {since} by late or corrected data{tail}."


def shown(kind: Kind, value: Any) -> str:
    """A value as people read it on the page, rounded as the workbook shows it."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    match kind:
        case Kind.RUPIAH:
            amount = _rounded(value)
            return f"{'-' if amount < 0 else ''}Rp {abs(amount):,}"
        case Kind.KOIN | Kind.COUNT | Kind.RANK | Kind.AVERAGE:
            return f"{_rounded(value):,}"
        case Kind.QUANTITY:
            return f"{value:,.0f}" if value % 1 == 0 else f"{value:,.3f}".rstrip("0")
        case Kind.MULTIPLE:
            return f"{_rounded(value, 1):,}"
        case Kind.PERCENT:
            return f"{_rounded(value * 100, 1):,}%"
        case Kind.CHANGE:
            change = _rounded(value * 100, 1)
            return f"{change:+,}%" if change else "0.0%"
        case Kind.MOVE:
            return "=" if value == 0 else f"{'▲' if value > 0 else '▼'} {abs(value)}"
        case Kind.MOMENT:
            return f"{value:%Y-%m-%d %H:%M}"
        case Kind.DATE:
            return f"{value:%Y-%m-%d}"
    return str(value)


def _rounded(value: Any, places: int = 0) -> Decimal:
    """Rounded half away from zero, as spreadsheets do."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def clipped(text: str, length: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
