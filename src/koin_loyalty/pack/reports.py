"""The reports of a business unit and week, as tables: read from the marts, put in order, nothing
computed that a mart does not say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from koin_loyalty.pack.marts import Marts, Row, ordered
from koin_loyalty.pack.tables import Column, Kind, Report, Section, cell, measure, week_label

TREND_WEEKS = 12
IN_OUT_WEEKS = 4
ALL = "ALL"
#: Issuers that are no business units, in words.
ISSUER_WORDS = {"ADJUSTMENT": "Adjustment", "UNATTRIBUTED": "Unattributed", ALL: "All issuers"}


class NoPackError(ValueError):
    """The data have no such business unit, or no complete week: there is no pack to make."""


@dataclass(frozen=True)
class Scope:
    """What a pack is about, and the codes that put its rows in order."""

    bu_code: str
    bu_name: str
    week_start: date
    first_week: date
    tiers: Sequence[str]
    excluded: Sequence[str]

    @property
    def week_end(self) -> date:
        """The week's Sunday."""
        return self.week_start + timedelta(days=6)

    @property
    def label(self) -> str:
        """`2025-W41`."""
        return week_label(self.week_start)

    def weeks_back(self, weeks: int) -> date:
        """The Monday of the first of so many weeks, the last of which is the pack's."""
        return self.week_start - timedelta(weeks=weeks - 1)


@dataclass(frozen=True)
class Headline:
    """A headline figure of weekly_kpis: `part` is the list's period, if it is of one."""

    report: str
    report_name: str
    part: str
    kpi: str
    label: str
    kind: Kind
    row: Row


@dataclass(frozen=True)
class Restatement:
    """A published figure that late or corrected data changed."""

    is_headline: bool
    report_name: str
    label: str
    kind: Kind
    row: Row


@dataclass(frozen=True)
class Publication:
    """A week, and when its figures were published: by the first build that saw it complete."""

    week_start: date
    published_at: datetime


@dataclass(frozen=True)
class Pack:
    """The weekly pack as plain data. `previous`: the week that managers had before this one, if
    there is any."""

    scope: Scope
    as_of_date: date
    last_loaded_at: datetime
    previous: Publication | None
    headlines: Sequence[Headline]
    restatements: Sequence[Restatement]
    reports: Sequence[Report]

    def report(self, key: str) -> Report:
        """The report of that key."""
        return next(report for report in self.reports if report.key == key)

    @property
    def title(self) -> str:
        """`AZKO weekly report 2025-W41`: also the name of its files."""
        return f"{self.scope.bu_code} weekly report {self.scope.label}"


#: Names of the reports and of their KPIs in weekly_kpis, in the order of the pack.
REPORT_NAMES = {
    "pay_with_koin": "Pay with Koin",
    "members_choice": "Member's Choice",
    "koin_in_out": "Koin In-Out",
    "koin_outstanding": "Koin Beredar",
    "harga_spesial_koin": "Harga Spesial Koin",
}
KPIS: dict[tuple[str, str], tuple[str, Kind]] = {
    ("pay_with_koin", "member_count"): ("Members who paid with koin", Kind.COUNT),
    ("pay_with_koin", "transaction_count"): ("Transactions paid with koin", Kind.COUNT),
    ("pay_with_koin", "net_sales"): ("Net sales of these transactions", Kind.RUPIAH),
    ("pay_with_koin", "koin_redeemed"): ("Koin redeemed", Kind.KOIN),
    ("pay_with_koin", "koin_multiplier"): ("Koin multiplier", Kind.MULTIPLE),
    ("pay_with_koin", "avg_koin_per_transaction"): ("Koin per transaction", Kind.AVERAGE),
    ("pay_with_koin", "share_of_bu_sales"): ("Share of all sales", Kind.PERCENT),
    ("members_choice", "net_sales"): ("Net sales of the list", Kind.RUPIAH),
    ("members_choice", "transaction_count"): ("Transactions", Kind.COUNT),
    ("members_choice", "qty"): ("Quantity", Kind.QUANTITY),
    ("members_choice", "member_count"): ("Members", Kind.COUNT),
    ("koin_in_out", "a"): ("A. Issued here, redeemed elsewhere", Kind.KOIN),
    ("koin_in_out", "b"): ("B. Issued elsewhere, redeemed here", Kind.KOIN),
    ("koin_in_out", "c"): ("C. Issued and redeemed here", Kind.KOIN),
    ("koin_in_out", "d"): ("D. Issued here", Kind.KOIN),
    ("koin_in_out", "net_in_out"): ("In - Out", Kind.KOIN),
    ("koin_outstanding", "member_count"): ("Members with koin", Kind.COUNT),
    ("koin_outstanding", "koin_outstanding"): ("Koin outstanding", Kind.KOIN),
    ("koin_outstanding", "active_koin"): ("Active koin", Kind.KOIN),
    ("harga_spesial_koin", "koin_used"): ("Koin used", Kind.KOIN),
    ("harga_spesial_koin", "member_count"): ("Members", Kind.COUNT),
    ("harga_spesial_koin", "sku_sold"): ("SKUs sold", Kind.COUNT),
    ("harga_spesial_koin", "qty"): ("Quantity", Kind.QUANTITY),
}


def read_pack(marts: Marts, bu_code: str, week_start: date | None = None) -> Pack:
    """The pack of a business unit and week (a Monday), by default of the last complete week.

    Raises NoPackError when the data have no such business unit or no complete week, ValueError
    for a week that is not in the data, not complete, or no Monday, RuntimeError when the marts
    cannot be read, or lack a column because an older version of the project built them.
    """
    freshness = marts.rows("quality.data_freshness")[0]
    business_unit = _business_unit(marts, bu_code)
    weeks = {row["week_start"]: row for row in marts.rows("core.dim_weeks")}
    if not any(week["is_complete_week"] for week in weeks.values()):
        raise NoPackError(f"no complete week up to {freshness['as_of_date']}: nothing to report")
    week = _week(weeks, week_start)
    tiers = sorted(
        marts.rows("core.dim_tiers"),
        key=lambda row: (row["tier_rank"] == 0, row["tier_rank"], row["tier_code"]),
    )
    business_units = marts.rows("core.dim_business_units")
    scope = Scope(
        bu_code,
        business_unit["bu_name"],
        week,
        min(weeks),
        [row["tier_code"] for row in tiers],
        sorted(row["bu_code"] for row in business_units if not row["is_in_koin_in_out"]),
    )
    previous = _previous(marts, scope)
    pack = Pack(
        scope,
        freshness["as_of_date"],
        freshness["last_loaded_at"],
        previous,
        _headlines(marts, scope),
        _restatements(marts, scope, previous),
        [build(marts, scope) for build in REPORTS],
    )
    _look_up_every_cell(pack)
    return pack


def _look_up_every_cell(pack: Pack) -> None:
    """Raises RuntimeError for a column that a mart lacks, before anything is written."""
    for headline in pack.headlines:
        for name in ("value", "value_previous", "wow", "wow_status"):
            headline.row[name]
    for restatement in pack.restatements:
        for name in ("published_value", "restated_value", "difference", "restated_at"):
            restatement.row[name]
    for report in pack.reports:
        for section in report.sections:
            for row in (*section.rows, *([section.total] if section.total else [])):
                for column in section.columns or report.columns:
                    cell(row, column)


def _business_unit(marts: Marts, bu_code: str) -> Row:
    rows = marts.rows("core.dim_business_units")
    reported = marts.rows("weekly_reports.weekly_koin_in_out", "is_complete_week")
    known = sorted({row["bu_code"] for row in reported})
    if known and bu_code not in known:
        raise NoPackError(f"no business unit '{bu_code}': there are {', '.join(known)}")
    named = next((row for row in rows if row["bu_code"] == bu_code), None)
    return named or {"bu_code": bu_code, "bu_name": bu_code}


def _week(weeks: dict[date, Row], week_start: date | None) -> date:
    complete = sorted(start for start, week in weeks.items() if week["is_complete_week"])
    if week_start is None:
        return complete[-1]
    monday = week_start - timedelta(days=week_start.weekday())
    if week_start != monday:
        raise ValueError(
            f"week {week_start} is a {week_start:%A}: give the Monday of its week, {monday}"
        )
    if week_start not in weeks:
        raise ValueError(
            f"no data for the week {week_start}: complete weeks are {complete[0]} to {complete[-1]}"
        )
    if week_start not in complete:
        known = weeks[week_start]["last_known_date"]
        raise ValueError(
            f"the week {week_start} is not complete (known until {known}): "
            f"complete weeks are {complete[0]} to {complete[-1]}"
        )
    return week_start


def _previous(marts: Marts, scope: Scope) -> Publication | None:
    """The last week that was published before the pack's own: the week before, unless one build
    was the first to publish both. What that build restated, no pack has told yet.

    Of the weeks of the very first build it is the week before: until then nothing was published,
    and so nothing restated.
    """
    rows = marts.rows(
        "weekly_reports.weekly_kpi_publications",
        "bu_code = $bu and week_start <= $week",
        bu=scope.bu_code,
        week=scope.week_start,
    )
    published = {row["week_start"]: row["published_at"] for row in rows}
    own = published.pop(scope.week_start, datetime.max)
    before = [week for week, at in published.items() if at < own]
    before = before or [week for week, at in published.items() if at == own]
    return Publication(max(before), published[max(before)]) if before else None


def _is_headline(row: Row) -> bool:
    return row["dimension"] in ("all", "period") or (
        row["dimension"] == "tier" and row["dimension_value"] == ALL
    )


def _kpi_order(row: Row) -> tuple[int, str, int]:
    keys = list(KPIS)
    report = list(REPORT_NAMES).index(row["report"])
    part = "" if row["dimension_value"] == ALL else row["dimension_value"]
    return report, part, keys.index((row["report"], row["kpi"]))


def _headlines(marts: Marts, scope: Scope) -> list[Headline]:
    rows = marts.rows(
        "weekly_reports.weekly_kpis",
        "bu_code = $bu and week_start = $week",
        bu=scope.bu_code,
        week=scope.week_start,
    )
    return [
        Headline(
            row["report"],
            REPORT_NAMES[row["report"]],
            "" if row["dimension_value"] == ALL else row["dimension_value"],
            row["kpi"],
            *KPIS[row["report"], row["kpi"]],
            row,
        )
        for row in sorted(filter(_is_headline, rows), key=_kpi_order)
    ]


def _restatements(marts: Marts, scope: Scope, previous: Publication | None) -> list[Restatement]:
    """Figures of weeks up to the pack's that were restated after the pack before was published."""
    if previous is None:
        return []
    rows = marts.rows(
        "weekly_reports.weekly_kpi_restatements",
        "bu_code = $bu and week_start <= $week and restated_at > $since",
        bu=scope.bu_code,
        week=scope.week_start,
        since=previous.published_at,
    )
    rows.sort(
        key=lambda row: (
            -row["week_start"].toordinal(),
            *_kpi_order(row),
            row["dimension"],
            row["restated_at"],
        )
    )
    return [
        Restatement(
            _is_headline(row),
            REPORT_NAMES[row["report"]],
            *KPIS[row["report"], row["kpi"]],
            row,
        )
        for row in rows
    ]


def _last_weeks(marts: Marts, scope: Scope, mart: str, weeks: int = TREND_WEEKS) -> list[Row]:
    """A mart's rows of the business unit for so many weeks up to the pack's."""
    return marts.rows(
        mart,
        "bu_code = $bu and week_start between $first and $last",
        bu=scope.bu_code,
        first=scope.weeks_back(weeks),
        last=scope.week_start,
    )


def _tier_name(code: str) -> str:
    return "All tiers" if code == ALL else code.capitalize()


def _pay_with_koin(marts: Marts, scope: Scope) -> Report:
    rows = ordered(_last_weeks(marts, scope, "weekly_reports.weekly_pay_with_koin"), "week_start")
    rows = [row | {"tier": _tier_name(row["tier_code"])} for row in rows]
    of_week = {row["tier_code"]: row for row in rows if row["week_start"] == scope.week_start}
    trends = [
        Section(
            f"trend_{tier}",
            f"Last {TREND_WEEKS} weeks: {'all tiers' if tier == ALL else _tier_name(tier)}",
            [row for row in rows if row["tier_code"] == tier],
            in_page=False,
        )
        for tier in (ALL, *scope.tiers)
    ]
    return Report(
        "pay_with_koin",
        "Pay with Koin",
        "How much members pay with koin, by their tier on the day, and what share of the business "
        "that is. Net sales divided by koin redeemed is the koin multiplier.",
        [
            Column("week_start", "Week", Kind.WEEK, in_page=False),
            Column("tier", "Tier", Kind.TEXT),
            *measure("member_count", "Members", Kind.COUNT),
            *measure("transaction_count", "Transactions", Kind.COUNT),
            *measure("net_sales", "Net sales", Kind.RUPIAH),
            *measure("koin_redeemed", "Koin redeemed", Kind.KOIN),
            *measure("koin_multiplier", "Koin multiplier", Kind.MULTIPLE),
            *measure("avg_koin_per_transaction", "Koin per transaction", Kind.AVERAGE),
            Column("koin_share_of_sales", "Koin, share of net sales", Kind.PERCENT, in_page=False),
            Column("repeat_member_count", "Repeat members", Kind.COUNT, in_page=False),
            Column(
                "bu_member_transaction_count",
                "Member transactions of the BU",
                Kind.COUNT,
                in_page=False,
            ),
            Column("share_of_bu_member_transactions", "Share of them", Kind.PERCENT, in_page=False),
            Column("bu_net_sales", "Net sales of the BU", Kind.RUPIAH, in_page=False),
            Column("share_of_bu_sales", "Share of BU sales", Kind.PERCENT),
        ],
        [
            Section(
                "week",
                f"Week {scope.label}, by tier",
                [of_week[tier] for tier in scope.tiers if tier in of_week],
                of_week.get(ALL),
            ),
            *trends,
        ],
    )


def _members_choice(marts: Marts, scope: Scope) -> Report:
    skus = marts.rows(
        "weekly_reports.weekly_members_choice",
        "bu_code = $bu and week_start = $week",
        bu=scope.bu_code,
        week=scope.week_start,
    )
    summaries = _list_summaries(
        marts,
        scope,
        "weekly_reports.weekly_members_choice_summary",
        [
            *("sales_rank", "sales_rank_previous", "rank_change", "category", "brand"),
            *("special_price", "share_of_period_sales"),
        ],
    )
    measures = [
        *measure("net_sales", "Net sales", Kind.RUPIAH),
        Column("share_of_period_sales", "Share of list", Kind.PERCENT),
        *measure("transaction_count", "Transactions", Kind.COUNT),
        *measure("qty", "Quantity", Kind.QUANTITY),
        *measure("member_count", "Members", Kind.COUNT),
    ]
    return Report(
        "members_choice",
        "Member's Choice",
        "What members bought of the list at its special price, ranked by net sales. "
        "The last row of a list is counted anew, never added up: a member who buys two SKUs is "
        "one member.",
        [
            Column("sales_rank", "Rank", Kind.RANK),
            Column("sales_rank_previous", "Rank before", Kind.RANK),
            Column("rank_change", "Change", Kind.MOVE),
            Column("sku", "SKU", Kind.CODE),
            Column("product_name", "Product", Kind.TEXT),
            Column("category", "Category", Kind.TEXT, in_page=False),
            Column("brand", "Brand", Kind.TEXT, in_page=False),
            Column("special_price", "Special price", Kind.RUPIAH),
            *measures,
        ],
        _list_sections(
            scope,
            skus,
            summaries,
            "sales_rank",
            [
                Column("sku_offered", "SKUs offered", Kind.COUNT),
                Column("sku_sold", "SKUs sold", Kind.COUNT),
                Column("", "", Kind.TEXT),
                Column("week_start", "Week", Kind.WEEK),
                Column("period_code", "Period", Kind.TEXT),
                Column("best_sku_name", "Best SKU", Kind.TEXT, in_page=False),
                Column("best_sku", "Its code", Kind.CODE, in_page=False),
                Column("best_sku_net_sales", "Its net sales", Kind.RUPIAH),
                *measures,
            ],
        ),
        empty=f"No Member's Choice list of {scope.bu_name} covers this week.",
    )


def _harga_spesial_koin(marts: Marts, scope: Scope) -> Report:
    skus = marts.rows(
        "weekly_reports.weekly_harga_spesial_koin_skus",
        "bu_code = $bu and week_start = $week",
        bu=scope.bu_code,
        week=scope.week_start,
    )
    summaries = _list_summaries(
        marts,
        scope,
        "weekly_reports.weekly_harga_spesial_koin",
        ["qty_rank", "koin_price", "normal_price"],
    )
    koin_and_quantity = [
        *measure("koin_used", "Koin used", Kind.KOIN),
        *measure("qty", "Quantity", Kind.QUANTITY),
    ]
    value = Column("value_given_away", "Value given away", Kind.RUPIAH)
    return Report(
        "harga_spesial_koin",
        "Harga Spesial Koin",
        "What members bought wholly with koin at the list's koin price, ranked by quantity. Value "
        "given away is quantity times normal price less koin price.",
        [
            Column("qty_rank", "Rank", Kind.RANK),
            Column("sku", "SKU", Kind.CODE),
            Column("product_name", "Product", Kind.TEXT),
            Column("koin_price", "Koin price", Kind.KOIN),
            Column("normal_price", "Normal price", Kind.RUPIAH),
            *koin_and_quantity,
            Column("transaction_count", "Transactions", Kind.COUNT),
            Column("member_count", "Members", Kind.COUNT),
            value,
        ],
        _list_sections(
            scope,
            skus,
            summaries,
            "qty_rank",
            [
                Column("sku_offered", "SKUs offered", Kind.COUNT),
                Column("week_start", "Week", Kind.WEEK),
                Column("period_code", "Period", Kind.TEXT),
                Column("sku_sold", "SKUs sold", Kind.COUNT),
                Column("best_sku_koin", "Koin of best SKU", Kind.KOIN, in_page=False),
                *koin_and_quantity,
                Column("transaction_count", "Transactions", Kind.COUNT),
                Column("member_count", "Members", Kind.COUNT),
                value,
                Column("transaction_count", "Transactions, WoW", Kind.CHANGE, in_page=False),
                Column("member_count", "Members, WoW", Kind.CHANGE, in_page=False),
                Column("best_sku", "Best SKU", Kind.CODE, in_page=False),
                Column("best_sku_name", "Its name", Kind.TEXT),
                Column("best_sku_qty", "Its quantity", Kind.QUANTITY, in_page=False),
            ],
        ),
        empty=f"No Harga Spesial Koin list of {scope.bu_name} covers this week.",
    )


def _list_summaries(marts: Marts, scope: Scope, mart: str, of_skus: Sequence[str]) -> list[Row]:
    """Whole lists, week by week. `of_skus`: columns that only a SKU has, a list nothing in them."""
    rows = ordered(_last_weeks(marts, scope, mart), "week_start", "period_code")
    return [row | dict.fromkeys(of_skus) for row in rows]


def _list_sections(
    scope: Scope,
    skus: Sequence[Row],
    summaries: Sequence[Row],
    rank: str,
    trend_columns: Sequence[Column],
) -> list[Section]:
    """A section a list of the week, its SKUs by rank and its own row last; then the last weeks."""
    sections = []
    for summary in summaries:
        if summary["week_start"] != scope.week_start:
            continue
        period = summary["period_code"]
        sections.append(
            Section(
                f"period_{period}",
                f"Week {scope.label}, list {period}",
                ordered([row for row in skus if row["period_code"] == period], rank, "sku"),
                summary | {"sku": "All SKUs", "product_name": _sold_of(summary)},
            )
        )
    if summaries:
        title = f"Last {TREND_WEEKS} weeks: whole lists"
        sections.append(Section("trend", title, summaries, columns=trend_columns))
    return sections


def _sold_of(summary: Row) -> str:
    return f"{summary['sku_sold']} of {summary['sku_offered']} offered were sold"


IN_OUT_COLUMNS = (
    ("a_issued_here_redeemed_elsewhere", "A"),
    ("b_issued_elsewhere_redeemed_here", "B"),
    ("c_issued_and_redeemed_here", "C"),
    ("d_issued_here", "D"),
    ("net_in_out", "In - Out"),
)


def _koin_in_out(marts: Marts, scope: Scope) -> Report:
    weekly = ordered(
        _last_weeks(marts, scope, "weekly_reports.weekly_koin_in_out", TREND_WEEKS), "week_start"
    )
    daily = ordered(
        marts.rows(
            "weekly_reports.daily_koin_in_out",
            "bu_code = $bu and redemption_date between $first and $last",
            bu=scope.bu_code,
            first=scope.weeks_back(IN_OUT_WEEKS),
            last=scope.week_end,
        ),
        "redemption_date",
    )
    beside = [
        Column("in_out_ratio", "B / A", Kind.MULTIPLE),
        Column("net_ratio", "(B - A) / (B + A)", Kind.PERCENT, in_page=False),
        Column("issue_reversed_here", "Issue reversed", Kind.KOIN, in_page=False),
        Column("adjustment_redeemed_here", "Adjustment koin redeemed", Kind.KOIN, in_page=False),
        Column("unattributed_redeemed_here", "Unattributed koin redeemed", Kind.KOIN, False),
        Column("issued_here_redeemed_at_excluded_bu", _excluded_header(scope), Kind.KOIN, False),
    ]
    amounts = [Column(name, header, Kind.KOIN) for name, header in IN_OUT_COLUMNS]
    changes = [Column(name, header, Kind.CHANGE) for name, header in IN_OUT_COLUMNS]
    first = scope.weeks_back(IN_OUT_WEEKS)
    name = scope.bu_code
    return Report(
        "koin_in_out",
        "Koin In-Out",
        f"Whether koin come to {scope.bu_name} or leave it. A, B and C are redemptions of the day, "
        "D is issuance of the day: A + C is not D.",
        [Column("redemption_date", "Time", Kind.DATE), *amounts],
        [
            Section("days", f"Last {IN_OUT_WEEKS} weeks, day by day", daily),
            Section(
                "weeks",
                "Totals of these weeks",
                [row for row in weekly if row["week_start"] >= first],
                columns=[Column("week_start", "Time", Kind.WEEK), *amounts, *beside],
            ),
            Section(
                "changes",
                f"Week {scope.label} against the week before",
                [row | {"title": "WoW"} for row in weekly if row["week_start"] == scope.week_start],
                columns=[
                    Column("title", "Time", Kind.TEXT),
                    *changes,
                ],
            ),
        ],
        legend=[
            "Keterangan",
            f"A. Koin yang di issue dari {name} tapi di redeem di BU lain",
            f"B. Koin yang di issue dari BU lain tapi di redeem di {name}",
            f"C. Koin yang di issue dari {name} dan di redeem di {name}",
            f"D. Koin yang di issue dari {name}",
            *([f"Note : Tanpa redemption di {_quoted(scope.excluded)}"] if scope.excluded else []),
        ],
    )


def _quoted(codes: Sequence[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _excluded_header(scope: Scope) -> str:
    return f"Issued here, redeemed at {', '.join(scope.excluded) or 'excluded BUs'}"


def _flow_matrix(marts: Marts, scope: Scope) -> Report:
    pairs = _flow_pairs(marts, scope)
    issuers = list(dict.fromkeys(row["issue_bu_code"] for row in pairs))
    redeemers = sorted({row["redeem_bu_code"] for row in pairs}, key=_code_order(scope))
    koin = {(row["issue_bu_code"], row["redeem_bu_code"]): row["koin"] for row in pairs}

    def line(title: str, of: Sequence[str]) -> Row:
        """Koin of issuers by redeemer, and of all; koin alone may be added up."""
        cells: Row = {"issuer": title}
        for redeemer in redeemers:
            flows = [koin[issuer, redeemer] for issuer in of if (issuer, redeemer) in koin]
            cells[f"redeemed_at_{redeemer}"] = sum(flows) if flows else None
        cells["redeemed"] = sum(koin[pair] for pair in koin if pair[0] in of)
        return cells

    matrix = Section(
        "matrix",
        f"Week {scope.label}, koin",
        [line(_issuer_name(issuer), [issuer]) for issuer in issuers],
        line("All issuers", issuers),
    )
    return Report(
        "koin_flow",
        "Koin flow",
        "Koin redeemed this week by who issued them (rows) and where they were redeemed (columns), "
        "the whole group: what business units settle with each other.",
        [
            Column("issuer", "Issuer", Kind.TEXT),
            *(Column(f"redeemed_at_{code}", code, Kind.KOIN) for code in redeemers),
            Column("redeemed", "All", Kind.KOIN),
        ],
        [matrix] if pairs else [],
        empty="No koin were redeemed this week.",
    )


def _koin_flow_pairs(marts: Marts, scope: Scope) -> Report:
    pairs = _flow_pairs(marts, scope)
    return Report(
        "koin_flow_pairs",
        "Koin flow pairs",
        "The koin flow of the week pair by pair, with the transactions and members behind it. "
        "These are distinct counts: one transaction may spend koin of several issuers.",
        [
            Column("issuer", "Issuer", Kind.TEXT),
            Column("redeem_bu_code", "Redeemer", Kind.TEXT),
            Column("koin", "Koin", Kind.KOIN),
            Column("transaction_count", "Transactions", Kind.COUNT),
            Column("member_count", "Members", Kind.COUNT),
        ],
        [Section("pairs", f"Week {scope.label}", pairs)] if pairs else [],
        empty="No koin were redeemed this week.",
        in_page=False,
    )


def _flow_pairs(marts: Marts, scope: Scope) -> list[Row]:
    """The week's rows of the flow matrix, the pack's business unit first."""
    order = _code_order(scope)
    return [
        row | {"issuer": _issuer_name(row["issue_bu_code"])}
        for row in sorted(
            marts.rows(
                "weekly_reports.weekly_koin_flow_matrix",
                "week_start = $week",
                week=scope.week_start,
            ),
            key=lambda row: (order(row["issue_bu_code"]), order(row["redeem_bu_code"])),
        )
    ]


def _code_order(scope: Scope) -> Callable[[str], tuple[bool, bool, str]]:
    """Sort key of codes: the pack's business unit first, what is no business unit last."""
    return lambda code: (code in ISSUER_WORDS, code != scope.bu_code, code)


def _issuer_name(code: str) -> str:
    return ISSUER_WORDS.get(code, code)


def _koin_outstanding(marts: Marts, scope: Scope) -> Report:
    rows = [
        row
        | {
            "tier": _tier_name(row["tier_code"]),
            "manager": _manager_name(row["area_manager"]),
        }
        for row in ordered(
            _last_weeks(marts, scope, "weekly_reports.weekly_koin_outstanding"), "week_start"
        )
    ]
    of_week = {
        (row["tier_code"], row["area_manager"]): row
        for row in rows
        if row["week_start"] == scope.week_start
    }
    managers = sorted(
        {manager for _, manager in of_week} - {ALL}, key=lambda code: (code == "UNASSIGNED", code)
    )
    total = of_week.get((ALL, ALL))

    def of(*groups: tuple[str, str]) -> list[Row]:
        return [of_week[group] for group in groups if group in of_week]

    sections = [
        Section(
            "tiers",
            f"End of week {scope.label}, by tier",
            of(*((tier, ALL) for tier in scope.tiers)),
            total,
            hidden=("manager",),
        ),
        Section(
            "managers",
            f"End of week {scope.label}, by area manager",
            of(*((ALL, manager) for manager in managers)),
            total,
            hidden=("tier",),
        ),
        Section(
            "groups",
            f"End of week {scope.label}, by area manager and tier",
            of(*((tier, manager) for manager in managers for tier in scope.tiers)),
            total,
            in_page=False,
        ),
        Section(
            "trend",
            f"Last {TREND_WEEKS} weeks: all members",
            [row for row in rows if (row["tier_code"], row["area_manager"]) == (ALL, ALL)],
            in_page=False,
        ),
    ]
    return Report(
        "koin_outstanding",
        "Koin Beredar",
        f"Koin that members of {scope.bu_name} (by preferred store) hold at the end of Sunday. "
        "Expiring koin are cumulative: those of 60 days include those of 30. "
        "Negative balances stand apart and lower nothing.",
        [
            Column("week_start", "Week", Kind.WEEK, in_page=False),
            Column("tier", "Tier", Kind.TEXT),
            Column("manager", "Area manager", Kind.TEXT),
            *measure("member_count", "Members", Kind.COUNT),
            *measure("koin_outstanding", "Koin outstanding", Kind.KOIN),
            Column("avg_koin_per_member", "Koin per member", Kind.AVERAGE),
            Column("share_of_koin", "Share of koin", Kind.PERCENT),
            Column("overdue_koin", "Overdue koin", Kind.KOIN, in_page=False),
            Column("active_koin", "Active koin", Kind.KOIN, in_page=False),
            Column("koin_expiring_30d", "Expiring in 30 days", Kind.KOIN),
            Column("koin_expiring_60d", "in 60 days", Kind.KOIN),
            Column("koin_expiring_90d", "in 90 days", Kind.KOIN),
            Column("negative_member_count", "Members below 0", Kind.COUNT, in_page=False),
            Column("negative_koin", "Their koin", Kind.KOIN, in_page=False),
        ],
        sections if of_week else [],
        empty=f"No member's preferred store is of {scope.bu_name}.",
    )


def _manager_name(code: str) -> str:
    return {ALL: "All area managers", "UNASSIGNED": "Unassigned"}.get(code, code)


def _roll_forward(marts: Marts, scope: Scope) -> Report:
    rows = [
        row | {"issuer": _issuer_name(row["issue_bu_code"])}
        for row in ordered(
            marts.rows(
                "weekly_reports.weekly_koin_roll_forward",
                "week_start between $first and $last",
                first=scope.weeks_back(TREND_WEEKS),
                last=scope.week_start,
            ),
            "week_start",
        )
    ]
    of_week = [row for row in rows if row["week_start"] == scope.week_start]
    issuers = sorted(
        (row for row in of_week if row["issue_bu_code"] != ALL),
        key=lambda row: _code_order(scope)(row["issue_bu_code"]),
    )
    total = next((row for row in of_week if row["issue_bu_code"] == ALL), None)

    def trend(key: str, title: str, issuer: str) -> Section:
        of_issuer = [row for row in rows if row["issue_bu_code"] == issuer]
        return Section(key, f"Last {TREND_WEEKS} weeks: {title}", of_issuer, in_page=False)

    return Report(
        "koin_roll_forward",
        "Koin roll-forward",
        "How the koin in circulation went from the week's opening to its closing, by who issued "
        "them. Opening + issued - issue reversed - redeemed + redemption reversed - expired + "
        "adjusted = closing.",
        [
            Column("week_start", "Week", Kind.WEEK, in_page=False),
            Column("issuer", "Issuer", Kind.TEXT),
            Column("opening", "Opening", Kind.KOIN),
            Column("issued", "Issued", Kind.KOIN),
            Column("issue_reversed", "Issue reversed", Kind.KOIN),
            Column("redeemed", "Redeemed", Kind.KOIN),
            Column("redeem_reversed", "Redemption reversed", Kind.KOIN),
            Column("expired", "Expired", Kind.KOIN),
            Column("adjusted", "Adjusted", Kind.KOIN),
            Column("closing", "Closing", Kind.KOIN),
            Column("burn_earn_ratio", "Burn / earn", Kind.PERCENT),
            Column("expiry_rate", "Expiry rate", Kind.PERCENT),
        ],
        [
            Section("week", f"Week {scope.label}, by issuer", issuers, total),
            trend("trend", "all issuers", ALL),
            trend("trend_bu", f"issued by {scope.bu_code}", scope.bu_code),
        ],
    )


REPORTS: tuple[Callable[[Marts, Scope], Report], ...] = (
    _pay_with_koin,
    _members_choice,
    _koin_in_out,
    _flow_matrix,
    _koin_flow_pairs,
    _koin_outstanding,
    _roll_forward,
    _harga_spesial_koin,
)


def rows_of(report: Report, key: str) -> list[dict[str, Any]]:
    """The rows of a section, none where the report does not have it."""
    section = report.section(key)
    return list(section.rows) if section else []
