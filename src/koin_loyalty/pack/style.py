"""Colours of the workbook and the page: told apart by colour-blind readers, quiet on paper."""

INK = "#1F2933"
MUTED = "#5F6C7B"
RULE = "#D5DBE1"
SHADE = "#F3F6F8"
BRAND = "#0B4F6C"
UP = "#0B6E8A"
DOWN = "#B4470E"
#: Okabe and Ito's palette, with the tiers near their metals.
TIER_COLOURS = {
    "SILVER": "#9AA5B1",
    "GOLD": "#E69F00",
    "PLATINUM": "#0072B2",
    "UNKNOWN": "#CC79A7",
}
OTHER_TIER = "#009E73"
IN = "#0072B2"
OUT = "#D55E00"
NET = "#1F2933"
LADDER = ("#D55E00", "#E69F00", "#56B4E9")
GREEN = "#009E73"


def tier_colour(code: str) -> str:
    """The colour of a tier, also of one that is new."""
    return TIER_COLOURS.get(code, OTHER_TIER)
