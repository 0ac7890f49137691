"""The page's charts, as plotly takes them: data and layout as plain mappings.

Plotly reads texts as markup; `label` makes data harmless there.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from koin_loyalty.pack import style
from koin_loyalty.pack.marts import Row
from koin_loyalty.pack.reports import Pack, rows_of
from koin_loyalty.pack.tables import Kind, Report, week_label
from koin_loyalty.pack.texts import clipped, shown

LABEL_LENGTH = 30
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """A chart: its id on the page, title, what it shows in words, height in pixels, data, and
    by axis what changes where it is narrow."""

    id: str
    title: str
    words: str
    height: int
    data: Sequence[dict[str, Any]]
    layout: dict[str, Any]
    narrow: dict[str, Any] | None = None


def charts_of(pack: Pack, report: Report) -> list[Chart]:
    """The charts of a report; none when it has nothing to show."""
    build = CHARTS.get(report.key)
    if build is None or not report.sections:
        return []
    return [chart for chart in build(pack, report) if chart.data]


def label(text: str) -> str:
    """A text of the data as a label: short, and without markup."""
    return html.escape(clipped(" ".join(text.split()), LABEL_LENGTH), quote=False)


def number(value: Any) -> float | int | None:
    """A value as JSON has it."""
    return float(value) if isinstance(value, Decimal) else value


def numbers(rows: Sequence[Row], name: str) -> list[float | int | None]:
    """A column as JSON has it."""
    return [number(row[name]) for row in rows]


def thousands(koin: float | int | None) -> str:
    """Koin in thousands, short enough for a cell of the heat map."""
    if koin is None:
        return ""
    return f"{koin / 1000:.1f}" if abs(koin) < 9_950 else f"{koin / 1000:,.0f}"


#: An axis of weeks, and every third of its labels where it is narrow.
WEEKS = {"type": "category", "tickangle": 0, "dtick": 1}
NARROW_WEEKS = {"xaxis": {"dtick": 3}}


def layout(**more: Any) -> dict[str, Any]:
    """The pack's look, and what a chart adds to it; axes are merged with their own look."""
    axis = {
        "automargin": True,
        "fixedrange": True,
        "gridcolor": style.RULE,
        "zerolinecolor": style.MUTED,
        "linecolor": style.RULE,
        "tickfont": {"size": 12, "color": style.MUTED},
        # Whole numbers: "M" is a million to some readers and a billion (miliar) to others.
        "tickformat": ",.0f",
        "title": {"font": {"size": 12, "color": style.MUTED}},
    }
    base: dict[str, Any] = {
        "font": {"family": FONT, "size": 12, "color": style.INK},
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "xanchor": "left",
        },
        "bargap": 0.28,
        "dragmode": False,
        "separators": ".,",
        "xaxis": axis | {"showgrid": False},
        "yaxis": axis,
    }
    for name, value in more.items():
        base[name] = base[name] | value if isinstance(base.get(name), dict) else value
    return base


def week_axis(rows: Sequence[Row]) -> list[str]:
    """`W33` and so on, with the year where it changes."""
    labels = []
    for index, row in enumerate(rows):
        year, week = week_label(row["week_start"]).split("-")
        is_new_year = index > 0 and year != week_label(rows[index - 1]["week_start"])[:4]
        labels.append(f"{week}<br>{year}" if index == 0 or is_new_year else week)
    return labels


def _pay_with_koin(pack: Pack, report: Report) -> list[Chart]:
    koin, multiple = [], []
    weeks: list[Row] = rows_of(report, "trend_ALL")
    for tier in pack.scope.tiers:
        rows = rows_of(report, f"trend_{tier}")
        if not any(row["koin_redeemed"] for row in rows):
            continue
        colour, name = style.tier_colour(tier), label(tier.capitalize())
        common = {"x": week_axis(rows), "name": name}
        koin.append(
            common
            | {
                "type": "bar",
                "y": numbers(rows, "koin_redeemed"),
                "marker": {"color": colour},
                "hovertemplate": f"{name}, %{{x}}: %{{y:,.0f}} koin<extra></extra>",
            }
        )
        # A handful of receipts of members without tier would dwarf the others.
        if tier == "UNKNOWN":
            continue
        multiple.append(
            common
            | {
                "type": "scatter",
                "mode": "lines+markers",
                "y": numbers(rows, "koin_multiplier"),
                "line": {"color": colour, "width": 2.5},
                "marker": {"size": 6},
                "hovertemplate": f"{name}, %{{x}}: %{{y:,.1f}} rupiah a koin<extra></extra>",
            }
        )
    span = f"{week_label(weeks[0]['week_start'])} to {pack.scope.label}" if weeks else ""
    return [
        Chart(
            "pay-koin",
            "Koin redeemed by tier",
            f"Stacked columns, koin redeemed by tier, {span}.",
            340,
            koin,
            layout(barmode="stack", xaxis=WEEKS),
            NARROW_WEEKS,
        ),
        Chart(
            "pay-multiplier",
            "Koin multiplier of known tiers: rupiah of sales for each koin",
            f"Lines, koin multiplier by tier, {span}.",
            340,
            multiple,
            layout(xaxis=WEEKS, yaxis={"rangemode": "tozero"}),
            NARROW_WEEKS,
        ),
    ]


def _ranking(
    rows: Sequence[Row], name: str, texts: Sequence[str], unit: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Horizontal bars from the first row down; rows may share a label."""
    places = list(range(len(rows)))
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": numbers(rows, name),
        "text": list(texts),
        "textposition": "auto",
        "insidetextanchor": "end",
        "constraintext": "none",
        "cliponaxis": False,
        "customdata": [label(row["product_name"] or row["sku"]) for row in rows],
        "marker": {"color": style.IN},
        "hovertemplate": f"%{{customdata}}: {unit}<extra></extra>",
    }
    axes = layout(
        yaxis={
            "tickvals": places,
            "ticktext": [label(row["product_name"] or row["sku"]) for row in rows],
            "range": [len(rows) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "ticklabelstandoff": 6,
        },
        xaxis={"visible": False, "rangemode": "tozero"},
    )
    return [trace], axes


def _bars_height(rows: Sequence[Row]) -> int:
    return max(160, 34 * len(rows) + 30)


def _members_choice(pack: Pack, report: Report) -> list[Chart]:
    charts = []
    for number_of_list, (period, rows) in enumerate(_lists(report)):
        texts = [shown(Kind.KOIN, row["net_sales"]) for row in rows]
        data, axes = _ranking(rows, "net_sales", texts, "Rp %{x:,.0f}")
        charts.append(
            Chart(
                f"choice-sales-{number_of_list}",
                f"Net sales by SKU, {period}",
                f"Bars, net sales of each SKU of the list {period}, in order of rank.",
                _bars_height(rows),
                data,
                axes,
            )
        )
        ranked = [row for row in rows if row["sales_rank_previous"] is not None]
        if ranked:
            charts.append(_slope(pack, f"choice-rank-{number_of_list}", period, ranked))
    return charts


def _lists(report: Report) -> list[tuple[str, list[Row]]]:
    return [
        (section.key.removeprefix("period_"), list(section.rows))
        for section in report.sections
        if section.key.startswith("period_") and section.rows
    ]


def _slope(pack: Pack, chart_id: str, period: str, rows: Sequence[Row]) -> Chart:
    """Ranks of the week before and of this one, a line a SKU."""
    data = []
    for row in rows:
        change = row["rank_change"]
        colour = style.MUTED if not change else style.UP if change > 0 else style.DOWN
        name = label(row["product_name"] or row["sku"])
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers+text",
                "x": [0, 1],
                "y": [row["sales_rank_previous"], row["sales_rank"]],
                "text": ["", f" {shown(Kind.MOVE, change)}  {name}"],
                "textposition": "middle right",
                "textfont": {"size": 12, "color": colour},
                "cliponaxis": False,
                "line": {"color": colour, "width": 2.5 if change else 1.5},
                "marker": {"size": 9, "color": colour},
                "showlegend": False,
                "hovertemplate": (
                    f"{name}: {row['sales_rank_previous']} to {row['sales_rank']}<extra></extra>"
                ),
            }
        )
    last = max(max(row["sales_rank"], row["sales_rank_previous"]) for row in rows)
    return Chart(
        chart_id,
        f"Rank, week before and this week, {period}",
        f"Lines from each SKU's rank in the week before to its rank in week {pack.scope.label}.",
        max(160, 34 * last + 50),
        data,
        layout(
            xaxis={
                "tickvals": [0, 1],
                "ticktext": ["Week before", "This week"],
                "range": [-0.2, 2.7],
                "zeroline": False,
                "side": "top",
            },
            yaxis={
                "range": [last + 0.5, 0.5],
                "dtick": 1,
                "showgrid": False,
                "zeroline": False,
            },
        ),
        narrow={"xaxis": {"range": [-0.25, 4.4], "ticktext": ["Before", "Now"]}},
    )


def _koin_in_out(pack: Pack, report: Report) -> list[Chart]:
    days = rows_of(report, "days")
    dates = [row["redemption_date"].isoformat() for row in days]

    def series(name: str, title: str, colour: str, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "x": dates,
            "y": numbers(days, name),
            "name": title,
            "hovertemplate": f"{title}, %{{x|%-d %b}}: %{{y:,.0f}} koin<extra></extra>",
        } | (
            {"marker": {"color": colour}}
            if kind == "bar"
            else {"mode": "lines", "line": {"color": colour, "width": 2.5}}
        )

    time = {"type": "date", "tickformat": "%-d %b", "dtick": 7 * 86_400_000, "tick0": dates[0]}
    name = label(pack.scope.bu_code)
    return [
        Chart(
            "in-out-days",
            "Koin In-Out, day by day",
            "Columns, koin that left (A) and came (B) each day, and a line for In - Out.",
            360,
            [
                series("a_issued_here_redeemed_elsewhere", "A, out", style.OUT, "bar"),
                series("b_issued_elsewhere_redeemed_here", "B, in", style.IN, "bar"),
                series("net_in_out", "In - Out", style.NET, "scatter"),
            ],
            layout(barmode="group", xaxis=time),
        ),
        Chart(
            "in-out-own",
            f"C and D: koin that {name} redeemed of its own, and issued",
            "Lines, koin issued and redeemed here (C) and issued here (D) each day.",
            300,
            [
                series("c_issued_and_redeemed_here", "C", style.GREEN, "scatter"),
                series("d_issued_here", "D", style.TIER_COLOURS["GOLD"], "scatter"),
            ],
            layout(xaxis=time, yaxis={"rangemode": "tozero"}),
        ),
    ]


def _koin_flow(pack: Pack, report: Report) -> list[Chart]:
    rows = rows_of(report, "matrix")
    redeemers = [c for c in report.columns if c.name.startswith("redeemed_at_")]
    koin = [[number(row[column.name]) for column in redeemers] for row in rows]
    return [
        Chart(
            "flow-matrix",
            "Who issued (rows), who redeemed (columns), in thousand koin",
            f"Heat map, koin redeemed in week {pack.scope.label} by issuer and redeemer.",
            max(240, 46 * len(rows) + 60),
            [
                {
                    "type": "heatmap",
                    "x": [label(column.header) for column in redeemers],
                    "y": [label(row["issuer"]) for row in rows],
                    "z": koin,
                    "text": [[thousands(value) for value in line] for line in koin],
                    "texttemplate": "%{text}",
                    "textfont": {"size": 11},
                    "colorscale": [[0, "#F3F8FB"], [0.35, "#9CC9E0"], [1, "#0B4F6C"]],
                    "showscale": False,
                    "xgap": 2,
                    "ygap": 2,
                    "hoverongaps": False,
                    "hovertemplate": "%{y} to %{x}: %{z:,.0f} koin<extra></extra>",
                }
            ],
            layout(
                xaxis={"type": "category", "side": "top", "tickangle": -35},
                yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
            ),
        )
    ]


def _koin_outstanding(pack: Pack, report: Report) -> list[Chart]:
    groups = rows_of(report, "groups")
    managers = rows_of(report, "managers")
    place = {row["area_manager"]: index for index, row in enumerate(managers)}
    stacked = []
    for tier in pack.scope.tiers:
        rows = [row for row in groups if row["tier_code"] == tier]
        if not any(row["koin_outstanding"] for row in rows):
            continue
        name = label(tier.capitalize())
        stacked.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "y": [place[row["area_manager"]] for row in rows],
                "x": numbers(rows, "koin_outstanding"),
                "customdata": [label(row["manager"]) for row in rows],
                "marker": {"color": style.tier_colour(tier)},
                "hovertemplate": f"%{{customdata}}, {name}: %{{x:,.0f}} koin<extra></extra>",
            }
        )
    tiers = rows_of(report, "tiers")
    ladder = [
        {
            "type": "bar",
            "name": f"within {days} days",
            "x": [label(row["tier"]) for row in tiers],
            "y": numbers(tiers, f"koin_expiring_{days}d"),
            "marker": {"color": colour},
            "hovertemplate": f"%{{x}}, within {days} days: %{{y:,.0f}} koin<extra></extra>",
        }
        for days, colour in zip((30, 60, 90), style.LADDER, strict=True)
    ]
    return [
        Chart(
            "outstanding-managers",
            "Koin outstanding by area manager and tier",
            "Stacked bars, koin outstanding of each area manager, by tier.",
            max(220, 34 * len(managers) + 80),
            stacked,
            layout(
                barmode="stack",
                yaxis={
                    "tickvals": list(place.values()),
                    "ticktext": [label(row["manager"]) for row in managers],
                    "range": [len(managers) - 0.5, -0.5],
                    "showgrid": False,
                    "zeroline": False,
                },
                xaxis={"nticks": 4, "showgrid": True, "tickangle": 0},
            ),
            {"xaxis": {"nticks": 2}},
        ),
        Chart(
            "outstanding-ladder",
            "Koin that expire, by tier (cumulative)",
            "Columns, koin that expire within 30, 60 and 90 days, by tier.",
            max(300, 34 * len(managers) + 80),
            ladder,
            layout(barmode="group", xaxis={"type": "category"}),
        ),
    ]


def _roll_forward(pack: Pack, report: Report) -> list[Chart]:
    section = report.section("week")
    if section is None or section.total is None:
        return []
    total = section.total
    steps = [
        ("Issued", total["issued"]),
        ("Issue reversed", -total["issue_reversed"]),
        ("Redeemed", -total["redeemed"]),
        ("Redemption reversed", total["redeem_reversed"]),
        ("Expired", -total["expired"]),
        ("Adjusted", total["adjusted"]),
    ]
    opening, closing = (shown(Kind.KOIN, total[name]) for name in ("opening", "closing"))
    weeks = rows_of(report, "trend")
    return [
        Chart(
            "roll-forward-week",
            f"From {opening} to {closing} koin",
            f"Bars, what added to the koin in circulation in week {pack.scope.label} and what "
            "took from them.",
            280,
            [
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [name for name, _ in steps],
                    "x": [koin for _, koin in steps],
                    "text": [f"{koin:+,}" if koin else "0" for _, koin in steps],
                    "textposition": "auto",
                    "constraintext": "none",
                    "cliponaxis": False,
                    "marker": {
                        "color": [style.IN if koin >= 0 else style.OUT for _, koin in steps]
                    },
                    "hovertemplate": "%{y}: %{x:+,.0f} koin<extra></extra>",
                }
            ],
            layout(
                xaxis={"nticks": 4, "showgrid": True, "tickangle": 0},
                yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
            ),
            {"xaxis": {"nticks": 2}},
        ),
        Chart(
            "roll-forward-trend",
            "Issued, redeemed and expired, all issuers",
            f"Lines, koin issued, redeemed and expired each week up to {pack.scope.label}.",
            280,
            [
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "x": week_axis(weeks),
                    "y": numbers(weeks, name),
                    "name": name.capitalize(),
                    "line": {"color": colour, "width": 2.5},
                    "hovertemplate": "%{fullData.name}, %{x}: %{y:,.0f} koin<extra></extra>",
                }
                for name, colour in (
                    ("issued", style.IN),
                    ("redeemed", style.OUT),
                    ("expired", style.MUTED),
                )
            ],
            layout(xaxis=WEEKS, yaxis={"rangemode": "tozero"}),
            NARROW_WEEKS,
        ),
    ]


def _harga_spesial_koin(pack: Pack, report: Report) -> list[Chart]:
    charts = []
    for number_of_list, (period, rows) in enumerate(_lists(report)):
        texts = [shown(Kind.KOIN, row["koin_used"]) for row in rows]
        data, axes = _ranking(rows, "koin_used", texts, "%{x:,.0f} koin")
        charts.append(
            Chart(
                f"special-skus-{number_of_list}",
                f"Koin used by SKU, {period}",
                f"Bars, koin used for each SKU of the list {period}, in order of quantity.",
                _bars_height(rows),
                data,
                axes,
            )
        )
    weeks = rows_of(report, "trend")
    starts = sorted({row["week_start"] for row in weeks})
    names = dict(zip(starts, week_axis([{"week_start": start} for start in starts]), strict=True))
    charts.append(
        Chart(
            "special-trend",
            "Koin used each week, by list",
            f"Stacked columns, koin used each week up to {pack.scope.label}, one colour a list.",
            300,
            [
                {
                    "type": "bar",
                    "name": label(period),
                    "x": [names[row["week_start"]] for row in rows],
                    "y": numbers(rows, "koin_used"),
                    "marker": {"color": SERIES[index % len(SERIES)]},
                    "hovertemplate": f"{label(period)}, %{{x}}: %{{y:,.0f}} koin<extra></extra>",
                }
                for index, (period, rows) in enumerate(_by_period(weeks))
            ],
            layout(
                barmode="relative",
                xaxis=WEEKS
                | {
                    "categoryorder": "array",
                    "categoryarray": [names[start] for start in starts],
                },
            ),
            NARROW_WEEKS,
        )
    )
    return charts


SERIES = (style.IN, style.TIER_COLOURS["GOLD"], style.GREEN, "#CC79A7", style.OUT, "#56B4E9")


def _by_period(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    periods = dict.fromkeys(row["period_code"] for row in rows)
    return [(period, [row for row in rows if row["period_code"] == period]) for period in periods]


CHARTS: dict[str, Callable[[Pack, Report], list[Chart]]] = {
    "pay_with_koin": _pay_with_koin,
    "members_choice": _members_choice,
    "koin_in_out": _koin_in_out,
    "koin_flow": _koin_flow,
    "koin_outstanding": _koin_outstanding,
    "koin_roll_forward": _roll_forward,
    "harga_spesial_koin": _harga_spesial_koin,
}
