"""The form requests on campaigns and vouchers (spec 5) from clean tables, in plain loops.

No audience was delivered in the sample: the target of a campaign is whom it sent a message.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import pandas as pd
from reference_audiences.requests import share

from reference_marts import Tables, known_business_units, read_seed
from reference_marts.calendar_and_tiers import (
    ALL,
    MONEY,
    UNKNOWN,
    ReportCalendar,
    is_null,
    report_calendar,
    safe_divide,
)

Row = dict[str, object]
QTY = Decimal("0.001")
ZERO = Decimal(0)

KEYS = {
    "campaign_evaluation": ("campaign_code", "member_group"),
    "campaign_messages": ("campaign_code", "channel"),
    "wsme_product_performance": ("campaign_code", "sku"),
    "voucher_program_performance": ("program_code", "bu_code"),
}


def read_list(root: Path, name: str) -> list[dict[str, str]]:
    """Rows of seeds/programmes/<name>.csv as text."""
    with (root / "seeds" / "programmes" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ratio(value: Decimal | int, count: int) -> Fraction | None:
    """Not rounded, so that what is made of it is not made of a rounded one."""
    return Fraction(value) / count if count else None


def shown_value(value: Fraction | Decimal | int | None) -> Decimal | int | None:
    """A ratio with six digits; anything else as it is."""
    return safe_divide(value.numerator, value.denominator) if isinstance(value, Fraction) else value


@dataclass(frozen=True)
class Receipt:
    """A completed or return receipt in the reports; `original_id` is what a return returns,
    `lines` are (sku, qty, net sales)."""

    receipt_id: str
    cust_id: str | None
    bu_code: str
    site_code: str | None
    at: pd.Timestamp
    day: date
    sales: Decimal
    is_transaction: bool
    original_id: str | None
    lines: tuple[tuple[str | None, Decimal, Decimal], ...]


@dataclass(frozen=True)
class Campaign:
    """A row of the list of campaigns with its scope."""

    code: str
    name: str
    bu_code: str
    scope_type: str
    scope: frozenset[str]
    promo: tuple[date, date]
    control: tuple[date, date]
    conversion_days: int

    def period(self, day: date) -> str | None:
        """promo, control or neither."""
        if self.promo[0] <= day <= self.promo[1]:
            return "promo"
        return "control" if self.control[0] <= day <= self.control[1] else None


@dataclass
class Message:
    """What became of one message of a campaign and channel to one recipient."""

    cust_id: str | None
    sent: list[pd.Timestamp]
    all_times: list[pd.Timestamp]
    kinds: set[str]

    @property
    def at(self) -> pd.Timestamp:
        """When it was sent, as far as the log knows."""
        return min(self.sent or self.all_times)

    @property
    def is_delivered(self) -> bool:
        """Whether something shows that it arrived."""
        return bool(self.kinds & {"delivered", "human_open", "machine_open", "clicked"})


@dataclass(frozen=True)
class Window:
    """When a member's purchase is a conversion."""

    opens_at: pd.Timestamp
    closes_on: date

    def holds(self, receipt: Receipt) -> bool:
        """Whether a receipt lies in it."""
        return receipt.at > self.opens_at and receipt.day <= self.closes_on


@dataclass(frozen=True)
class FormCampaigns:
    """The four marts of one set of clean tables; `root` is the project, for its lists."""

    truth: Tables
    root: Path

    @cached_property
    def calendar(self) -> ReportCalendar:
        """The days that the reports know."""
        return report_calendar(self.truth["cohesive.tbl_receipt"]["trx_ts"].dt.date)

    @cached_property
    def receipts(self) -> dict[str, Receipt]:
        """Receipts that count, by id."""
        known = set(known_business_units(self.root))
        lines = defaultdict(list)
        for line in self.truth["cohesive.tbl_receipt_line"].itertuples(index=False):
            lines[line.receive_main_id].append((line.sku, line.qty, line.net_sales))
        return {
            row.receive_main_id: Receipt(
                row.receive_main_id,
                None if is_null(row.cust_id) else row.cust_id,
                row.bu_code if row.bu_code in known else UNKNOWN,
                row.site_code,
                row.trx_ts,
                row.trx_ts.date(),
                row.sales,
                row.receipt_status == "completed",
                original_of(row),
                tuple(lines[row.receive_main_id]),
            )
            for row in self.truth["cohesive.tbl_receipt"].itertuples(index=False)
            if row.receipt_status in ("completed", "return")
            and self.calendar.covers(row.trx_ts.date())
        }

    @cached_property
    def campaigns(self) -> list[Campaign]:
        """The list of campaigns."""
        scope = defaultdict(set)
        for row in read_list(self.root, "campaign_scope"):
            scope[row["campaign_code"]].add(row["scope_value"])

        def days(row: dict[str, str], name: str) -> tuple[date, date]:
            return (
                date.fromisoformat(row[f"{name}_starts_on"]),
                date.fromisoformat(row[f"{name}_ends_on"]),
            )

        return [
            Campaign(
                row["campaign_code"],
                row["campaign_name"],
                row["bu_code"],
                row["scope_type"],
                frozenset(scope[row["campaign_code"]]),
                days(row, "promo"),
                days(row, "control"),
                int(row["conversion_days"]),
            )
            for row in read_list(self.root, "campaigns")
        ]

    @cached_property
    def products(self) -> dict[str, object]:
        """Rows of the product master by SKU."""
        rows = self.truth["cohesive.tbl_product"].itertuples(index=False)
        return {row.sku: row for row in rows}

    def skus_of(self, campaign: Campaign) -> set[str]:
        """The campaign's list of products; none for a scope of stores or everything."""
        if campaign.scope_type == "sku":
            return set(campaign.scope)
        if campaign.scope_type == "category":
            return {sku for sku, row in self.products.items() if row.category in campaign.scope}
        return set()

    @cached_property
    def in_scope(self) -> dict[str, list[tuple[Receipt, Decimal, Decimal]]]:
        """(receipt, units, net sales) in the scope of each campaign, on any day."""
        found: dict[str, list[tuple[Receipt, Decimal, Decimal]]] = {}
        for campaign in self.campaigns:
            skus = self.skus_of(campaign)
            rows = found[campaign.code] = []
            for receipt in self.receipts.values():
                if receipt.bu_code != campaign.bu_code:
                    continue
                if campaign.scope_type in ("sku", "category"):
                    lines = [line for line in receipt.lines if line[0] in skus]
                    if lines:
                        units, sales = sum(x[1] for x in lines), sum(x[2] for x in lines)
                        rows.append((receipt, units, sales))
                elif campaign.scope_type == "all" or receipt.site_code in campaign.scope:
                    units = sum((line[1] for line in receipt.lines), ZERO)
                    rows.append((receipt, units, receipt.sales))
        return found

    @cached_property
    def messages(self) -> dict[tuple[str, str], dict[tuple[str, str], Message]]:
        """Messages by (campaign, channel), then by (recipient, message)."""
        owners: dict[str, tuple[bool, str]] = {}
        for row in self.truth["cohesive.tbl_member"].itertuples(index=False):
            at = row.registered_at
            is_known = is_null(at) or at.date() <= self.calendar.as_of_date
            if is_known and not is_null(row.stamps_user_id):
                member = row.cust_id in self.erased, row.cust_id
                owners[row.stamps_user_id] = min(owners.get(row.stamps_user_id, member), member)
        found: dict[tuple[str, str], dict[tuple[str, str], Message]] = defaultdict(dict)
        for row in self.truth["stamps.message_event"].itertuples(index=False):
            if row.event_ts.date() > self.calendar.as_of_date:
                continue
            _, cust_id = owners.get(row.stamps_user_id, (False, None))
            name = row.event_id if is_null(row.message_id) else row.message_id
            code = UNKNOWN if is_null(row.campaign_code) else row.campaign_code
            nobody = name if is_null(row.stamps_user_id) else f"stamps {row.stamps_user_id}"
            key = (cust_id or nobody, name)
            message = found[code, row.channel].setdefault(key, Message(cust_id, [], [], set()))
            message.all_times.append(row.event_ts)
            if row.event_type == "sent":
                message.sent.append(row.event_ts)
            if row.event_type == "opened":
                is_machine = not is_null(row.is_machine_open) and row.is_machine_open
                message.kinds.add("machine_open" if is_machine else "human_open")
            else:
                message.kinds.add(row.event_type)
        return found

    @cached_property
    def windows(self) -> dict[str, dict[str, Window]]:
        """Windows of the members reached, by campaign."""
        days = {campaign.code: campaign.conversion_days for campaign in self.campaigns}
        times: dict[str, dict[str, list[pd.Timestamp]]] = {code: defaultdict(list) for code in days}
        for (code, _), messages in self.messages.items():
            for message in messages.values():
                if code in days and message.cust_id and message.is_delivered:
                    times[code][message.cust_id].append(message.at)
        return {
            code: {
                cust_id: Window(min(at), max(at).date() + timedelta(days=days[code]))
                for cust_id, at in members.items()
            }
            for code, members in times.items()
        }

    @cached_property
    def erased(self) -> set[str]:
        """Members who asked to be forgotten by the as-of date."""
        return {
            row.cust_id
            for row in self.truth["cohesive.tbl_member"].itertuples(index=False)
            if not is_null(row.erased_at) and row.erased_at.date() <= self.calendar.as_of_date
        }

    def targets(self, code: str) -> set[str]:
        """Members who were sent a message of the campaign."""
        return {
            message.cust_id
            for (of, _), messages in self.messages.items()
            if of == code
            for message in messages.values()
            if message.cust_id and message.sent
        } - self.erased

    @cached_property
    def first_purchases(self) -> dict[tuple[str, str], date]:
        """Day of the first transaction of each member at each business unit."""
        first: dict[tuple[str, str], date] = {}
        for receipt in self.receipts.values():
            if receipt.is_transaction and receipt.cust_id:
                key = receipt.cust_id, receipt.bu_code
                first[key] = min(first.get(key, receipt.day), receipt.day)
        return first

    def campaign_evaluation(self) -> pd.DataFrame:
        """All rows and columns of the mart."""
        rows = []
        for campaign in self.campaigns:
            sold = [
                (campaign.period(receipt.day), receipt, units, sales)
                for receipt, units, sales in self.in_scope[campaign.code]
                if campaign.period(receipt.day)
            ]
            participants = {
                receipt.cust_id
                for period, receipt, _, _ in sold
                if period == "promo" and receipt.is_transaction and receipt.cust_id
            }
            groups = {
                ALL.lower(): None,
                "participants": participants,
                "target": self.targets(campaign.code),
                "holdout": set(),
            }
            for group, members in groups.items():
                theirs = [x for x in sold if members is None or x[1].cust_id in members]
                rows.append(self._evaluated(campaign, group, members, theirs))
        return pd.DataFrame(rows, dtype=object)

    def _evaluated(
        self,
        campaign: Campaign,
        group: str,
        members: set[str] | None,
        sold: Sequence[tuple[str, Receipt, Decimal, Decimal]],
    ) -> Row:
        facts = self._period_facts(campaign)
        same_days = facts["has_equal_days"]
        row: Row = {
            "campaign_code": campaign.code,
            "member_group": group,
            "campaign_name": campaign.name,
            "bu_code": campaign.bu_code,
            "scope_type": campaign.scope_type,
            "promo_starts_on": campaign.promo[0],
            "promo_ends_on": campaign.promo[1],
            "control_starts_on": campaign.control[0],
            "control_ends_on": campaign.control[1],
            **facts,
            "group_member_count": None if members is None else len(members),
        }
        figures: dict[str, Row] = {}
        buyers: dict[str, set[str]] = {}
        for period in ("promo", "control"):
            of = [x for x in sold if x[0] == period]
            sales = sum((x[3] for x in of), ZERO).quantize(MONEY)
            units = sum((x[2] for x in of), ZERO).quantize(QTY)
            count = sum(x[1].is_transaction for x in of)
            buyers[period] = {x[1].cust_id for x in of if x[1].is_transaction and x[1].cust_id}
            figures[period] = {
                "net_sales": sales,
                "transaction_count": count,
                "member_count": len(buyers[period]),
                "qty": units,
                "atv": ratio(sales, count),
                "upt": ratio(units, count),
                "net_sales_per_day": ratio(sales, facts[f"{period}_days"]),
                "transactions_per_day": ratio(count, facts[f"{period}_days"]),
            }
        promo, control = figures["promo"], figures["control"]

        def compare(name: str, *, is_total: bool) -> None:
            new, old = promo[name], control[name]
            shown = new is not None and old is not None and (same_days or not is_total)
            row[f"promo_{name}"], row[f"control_{name}"] = shown_value(new), shown_value(old)
            row[f"{name}_change"] = shown_value(new - old) if shown else None
            row[f"{name}_change_ratio"] = (
                shown_value(Fraction(new - old) / Fraction(old)) if shown and old > 0 else None
            )

        for name in ("net_sales", "transaction_count", "member_count"):
            compare(name, is_total=True)
        row["promo_qty"], row["control_qty"] = promo["qty"], control["qty"]
        for name in ("atv", "upt", "net_sales_per_day", "transactions_per_day"):
            compare(name, is_total=False)
        new = {
            cust_id
            for cust_id in buyers["promo"]
            if self.first_purchases[cust_id, campaign.bu_code] >= campaign.promo[0]
        }
        both = buyers["promo"] & buyers["control"]
        return row | {
            "new_member_count": len(new),
            "repeating_member_count": len(both),
            "returning_member_count": len(buyers["promo"] - both - new),
            "lapsed_member_count": len(buyers["control"] - both),
        }

    def _period_facts(self, campaign: Campaign) -> Row:
        as_of = self.calendar.as_of_date
        days = {"promo": days_of(*campaign.promo), "control": days_of(*campaign.control)}
        known = {
            name: [day for day in of if self.calendar.first_day <= day <= as_of]
            for name, of in days.items()
        }
        lebaran = {
            day
            for row in read_seed(self.root, "seasons")
            if row["season"] == "LEBARAN"
            for day in days_of(
                date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"])
            )
        }
        holidays = {
            date.fromisoformat(row["date"])
            for row in read_seed(self.root, "holidays")
            if "true" in (row["is_public_holiday"].lower(), row["is_cuti_bersama"].lower())
        }
        if campaign.promo[0] > as_of:
            status = "not_started"
        else:
            status = "running" if campaign.promo[1] > as_of else "ended"
        equal = len(days["promo"]) == len(days["control"])
        return {
            "promo_status": status,
            "promo_days": len(known["promo"]),
            "control_days": len(known["control"]),
            "has_equal_periods": equal,
            "has_same_weekdays": equal
            and campaign.promo[0].weekday() == campaign.control[0].weekday(),
            "has_equal_days": len(known["promo"]) == len(known["control"]),
            "is_control_known": known["control"] == days["control"],
            "promo_lebaran_days": len(lebaran.intersection(days["promo"])),
            "control_lebaran_days": len(lebaran.intersection(days["control"])),
            "promo_holidays": len(holidays.intersection(days["promo"])),
            "control_holidays": len(holidays.intersection(days["control"])),
        }

    def campaign_messages(self) -> pd.DataFrame:
        """All rows and columns of the mart."""
        by_code = {campaign.code: campaign for campaign in self.campaigns}
        rows = []
        for (code, channel), messages in self.messages.items():
            campaign = by_code.get(code)
            kinds: dict[str, set[str]] = defaultdict(set)
            delivered = {}
            for (recipient, _), message in messages.items():
                kinds[recipient] |= message.kinds
                if message.is_delivered:
                    delivered[recipient] = message.cust_id

            def who(*wanted: str, kinds: dict[str, set[str]] = kinds) -> int:
                return sum(bool(of & set(wanted)) for of in kinds.values())

            openers, clickers = who("human_open", "clicked"), who("clicked")
            leavers = who("unsubscribed")
            members = {cust_id for cust_id in delivered.values() if cust_id}
            row: Row = {
                "campaign_code": code,
                "channel": channel,
                "campaign_name": campaign.name if campaign else None,
                "bu_code": campaign.bu_code if campaign else None,
                "conversion_days": campaign.conversion_days if campaign else None,
                "is_known_campaign": campaign is not None,
                "sent_count": sum(bool(message.sent) for message in messages.values()),
                "delivered_count": sum(message.is_delivered for message in messages.values()),
                "bounced_count": sum("bounced" in x.kinds for x in messages.values()),
                "recipient_count": len(kinds),
                "delivered_recipient_count": len(delivered),
                "opener_count": openers,
                "clicker_count": clickers,
                "machine_opener_count": who("machine_open"),
                "unsubscriber_count": leavers,
                "open_rate": safe_divide(openers, len(delivered)),
                "click_through_rate": safe_divide(clickers, len(delivered)),
                "click_to_open_rate": safe_divide(clickers, openers),
                "unsubscribe_rate": safe_divide(leavers, len(delivered)),
                "delivered_member_count": len(members),
            }
            rows.append(row | self._conversions(campaign, members))
        return pd.DataFrame(rows, dtype=object)

    def _conversions(self, campaign: Campaign | None, members: set[str]) -> Row:
        names = (
            "converter_count",
            "conversion_rate",
            "converter_transaction_count",
            "converter_net_sales",
            "is_conversion_complete",
        )
        if campaign is None:
            return dict.fromkeys(names)
        windows = self.windows[campaign.code]
        bought: dict[str, list[tuple[Receipt, Decimal]]] = defaultdict(list)
        for receipt, _, sales in self.in_scope[campaign.code]:
            if receipt.cust_id in members and windows[receipt.cust_id].holds(receipt):
                bought[receipt.cust_id].append((receipt, sales))
        converted = [x for x in bought.values() if any(of.is_transaction for of, _ in x)]
        receipts = [pair for x in converted for pair in x]
        values = (
            len(converted),
            safe_divide(len(converted), len(members)),
            sum(receipt.is_transaction for receipt, _ in receipts),
            sum((sales for _, sales in receipts), ZERO).quantize(MONEY),
            all(windows[member].closes_on <= self.calendar.as_of_date for member in members),
        )
        return dict(zip(names, values, strict=True))

    def wsme_product_performance(self) -> pd.DataFrame:
        """All rows and columns of the mart."""
        rows = []
        for campaign in self.campaigns:
            windows, skus = self.windows[campaign.code], self.skus_of(campaign)
            if not windows or not skus:
                continue
            starts = min(window.opens_at for window in windows.values()).date()
            ends = max(window.closes_on for window in windows.values())
            channels = {
                channel
                for (code, channel), messages in self.messages.items()
                if code == campaign.code
                and any(message.is_delivered and message.cust_id for message in messages.values())
            }
            receipts = [x[0] for x in self.in_scope[campaign.code] if starts <= x[0].day <= ends]
            answers = {
                receipt.receipt_id
                for receipt in receipts
                if receipt.cust_id in windows and windows[receipt.cust_id].holds(receipt)
            }
            transactions = [receipt for receipt in receipts if receipt.is_transaction]
            by_recipients = sum(receipt.receipt_id in answers for receipt in transactions)
            of_campaign = []
            for sku in skus:
                product_row = self.products.get(sku)
                withs = [receipt for receipt in receipts if any(x[0] == sku for x in receipt.lines)]
                theirs = [receipt for receipt in withs if receipt.receipt_id in answers]
                bought = [receipt for receipt in theirs if receipt.is_transaction]
                everybody = [receipt for receipt in withs if receipt.is_transaction]
                buyers = {receipt.cust_id for receipt in bought}
                qty = sum_of(theirs, sku, 1).quantize(QTY)
                sales = sum_of(theirs, sku, 2).quantize(MONEY)
                all_sales = sum_of(withs, sku, 2).quantize(MONEY)
                whole = sum((receipt.sales for receipt in bought), ZERO)
                of_campaign.append(
                    {
                        "campaign_code": campaign.code,
                        "sku": sku,
                        "campaign_name": campaign.name,
                        "bu_code": campaign.bu_code,
                        "messages_start_on": starts,
                        "messages_end_on": ends,
                        "is_wsme": "wsme" in channels,
                        "product_name": product_row.product_name if product_row else UNKNOWN,
                        "category": product_row.category if product_row else UNKNOWN,
                        "brand": product_row.brand if product_row else UNKNOWN,
                        "is_known_sku": product_row is not None,
                        "delivered_member_count": len(windows),
                        "buyer_count": len(buyers),
                        "conversion_rate": safe_divide(len(buyers), len(windows)),
                        "transaction_count": len(bought),
                        "qty": qty,
                        "net_sales": sales,
                        "basket_size": safe_divide(qty, len(bought)),
                        "basket_value": safe_divide(whole, len(bought)),
                        "all_transaction_count": len(everybody),
                        "all_net_sales": all_sales,
                        "share_of_sku_sales": safe_divide(sales, all_sales),
                        "campaign_transaction_count": len(transactions),
                        "share_of_campaign_transactions": safe_divide(
                            len(bought), len(transactions)
                        ),
                        "recipient_campaign_transaction_count": by_recipients,
                        "recipients_share_of_campaign_transactions": safe_divide(
                            by_recipients, len(transactions)
                        ),
                    }
                )
            of_campaign.sort(key=lambda row: (-row["net_sales"], -row["qty"], row["sku"].encode()))
            for rank, row in enumerate(of_campaign, start=1):
                rows.append(row | {"sales_rank": rank})
        return pd.DataFrame(rows, dtype=object)

    def voucher_program_performance(self) -> pd.DataFrame:
        """All rows and columns of the mart."""
        programs = {row["program_code"]: row for row in read_list(self.root, "voucher_programs")}
        as_of = self.calendar.as_of_date
        vouchers = defaultdict(list)
        for row in self.truth["cohesive.tbl_voucher"].itertuples(index=False):
            if row.issued_at.date() <= as_of:
                code = UNKNOWN if is_null(row.program_code) else row.program_code
                vouchers[code].append(Voucher.of(row, as_of))
        with_voucher = {
            voucher.receipt_id
            for of in vouchers.values()
            for voucher in of
            if voucher.redeemed_on and voucher.receipt_id
        }
        others = defaultdict(list)
        for receipt in self.receipts.values():
            if not with_voucher & {receipt.receipt_id, receipt.original_id}:
                others[receipt.bu_code].append(receipt)
        rows = []
        for code in {*programs, *vouchers}:
            issued = vouchers[code]
            places = defaultdict(list)
            for voucher in issued:
                if voucher.redeemed_on:
                    receipt = self.receipts_or_voids.get(voucher.receipt_id)
                    places[receipt[1] if receipt else UNKNOWN].append(voucher)
            compared = {}
            for place, redeemed in places.items():
                used = self._used(redeemed)
                days = [receipt.day for receipt in used]
                compared[place] = [
                    receipt
                    for receipt in others[place]
                    if days and min(days) <= receipt.day <= max(days)
                ]
            everywhere = [voucher for redeemed in places.values() for voucher in redeemed]
            everything = [receipt for of in compared.values() for receipt in of]
            for place, redeemed, without in (
                *((place, places[place], compared[place]) for place in places),
                (ALL, everywhere, everything),
            ):
                rows.append(
                    self._program_row(code, programs.get(code), place, issued, redeemed, without)
                )
        return pd.DataFrame(rows, dtype=object)

    @cached_property
    def receipts_or_voids(self) -> dict[str, tuple[str | None, str]]:
        """(member, business unit) of every receipt in the reports, voids too."""
        known = set(known_business_units(self.root))
        return {
            row.receive_main_id: (
                None if is_null(row.cust_id) else row.cust_id,
                row.bu_code if row.bu_code in known else UNKNOWN,
            )
            for row in self.truth["cohesive.tbl_receipt"].itertuples(index=False)
            if self.calendar.covers(row.trx_ts.date())
        }

    def _used(self, redeemed: Iterable[Voucher]) -> list[Receipt]:
        """The transactions that redeemed vouchers, each once."""
        ids = {voucher.receipt_id for voucher in redeemed} & self.receipts.keys()
        return [self.receipts[x] for x in sorted(ids) if self.receipts[x].is_transaction]

    @cached_property
    def returned(self) -> dict[str, Decimal]:
        """The (negative) sales of returns by what they return, whenever they came."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for receipt in self.receipts.values():
            if receipt.original_id:
                sums[receipt.original_id] += receipt.sales
        return sums

    def _kept(self, used: Iterable[Receipt]) -> list[Receipt]:
        """Transactions with what was left of their sales after returns."""
        returned = self.returned
        return [
            replace(receipt, sales=receipt.sales + returned.get(receipt.receipt_id, ZERO))
            for receipt in used
        ]

    def _program_row(
        self,
        code: str,
        program: dict[str, str] | None,
        place: str,
        issued: Sequence[Voucher],
        redeemed: Sequence[Voucher],
        without: Sequence[Receipt],
    ) -> Row:
        used = self._kept(self._used(redeemed))
        owners = [self.receipts_or_voids.get(voucher.receipt_id) for voucher in redeemed]
        pairs = list(zip(redeemed, owners, strict=True))
        members = [receipt for receipt in used if receipt.cust_id]
        strangers = [receipt for receipt in used if not receipt.cust_id]
        days = [voucher.redeemed_on for voucher in redeemed]
        return {
            "program_code": code,
            "bu_code": place,
            "program_name": program["program_name"] if program else None,
            "partner": (program["partner"] or None) if program else None,
            "program_bu_code": program["bu_code"] if program else None,
            "is_known_program": program is not None,
            "issued_count": len(issued),
            "issued_face_value": sum((x.face_value for x in issued), ZERO).quantize(MONEY),
            "issued_member_count": len({x.cust_id for x in issued if x.cust_id}),
            "usable_count": sum(x.is_usable for x in issued),
            "expired_count": sum(not x.redeemed_on and not x.is_usable for x in issued),
            "redeemed_count": len(redeemed),
            "redeemed_face_value": sum((x.face_value for x in redeemed), ZERO).quantize(MONEY),
            "redemption_rate": safe_divide(len(redeemed), len(issued)),
            "redeeming_member_count": len({x[0] for x in owners if x and x[0]}),
            "redeemed_outside_validity_count": sum(x.is_outside_validity for x in redeemed),
            "redeemed_by_other_member_count": sum(
                bool(x and x[0] and voucher.cust_id and x[0] != voucher.cust_id)
                for voucher, x in pairs
            ),
            "redeemed_by_non_member_count": sum(bool(x and not x[0]) for x in owners),
            "redeemed_without_receipt_count": sum(x is None for x in owners),
            "first_redeemed_date": min(days, default=None),
            "last_redeemed_date": max(days, default=None),
            "transaction_count": len(used),
            "net_sales": sales_of(used),
            "atv_with_voucher": atv(used),
            "atv_without_voucher": atv(without),
            "member_transaction_count": len(members),
            "member_net_sales": sales_of(members),
            "member_atv_with_voucher": atv(members),
            "member_atv_without_voucher": atv([x for x in without if x.cust_id]),
            "non_member_transaction_count": len(strangers),
            "non_member_net_sales": sales_of(strangers),
            "non_member_atv_with_voucher": atv(strangers),
            "non_member_atv_without_voucher": atv([x for x in without if not x.cust_id]),
        }


@dataclass(frozen=True)
class Voucher:
    """A voucher as of the as-of date."""

    cust_id: str | None
    face_value: Decimal
    receipt_id: str | None
    redeemed_on: date | None
    is_usable: bool
    is_outside_validity: bool

    @classmethod
    def of(cls, row: object, as_of: date) -> Voucher:
        """A row of `tbl_voucher`."""
        redeemed_on = None if is_null(row.redeemed_at) else row.redeemed_at.date()
        if redeemed_on and redeemed_on > as_of:
            redeemed_on = None
        expires_on = None if is_null(row.expires_on) else row.expires_on
        return cls(
            None if is_null(row.cust_id) else row.cust_id,
            ZERO if is_null(row.face_value) else row.face_value,
            None if is_null(row.redeemed_receive_main_id) else row.redeemed_receive_main_id,
            redeemed_on,
            not redeemed_on and (expires_on is None or expires_on >= as_of),
            bool(redeemed_on)
            and (
                (expires_on is not None and redeemed_on > expires_on)
                or redeemed_on < row.issued_at.date()
            ),
        )


def original_of(row: object) -> str | None:
    """The receipt that a row of `tbl_receipt` returns."""
    is_return = row.receipt_status == "return" and not is_null(row.original_receive_main_id)
    return row.original_receive_main_id if is_return else None


def evidence_of(audiences: Iterable[tuple[str, int, int]]) -> str:
    """What the members of delivered audiences of a campaign can prove: causal or descriptive.

    Args:
        audiences: of each what its manifest says was asked, its targets and its holdout.
    """
    reached = [row for row in audiences if row[1] or row[2]]
    shares = set()
    for definition, _, _ in reached:
        asked = dict(part.split(": ", 1) for part in definition.split("; ") if ": " in part)
        shares.add(share(asked.get("holdout pct", "0")))
    held_out = sum(row[2] for row in reached)
    return "causal" if held_out and len(shares) == 1 else "descriptive"


def days_of(first: date, last: date) -> list[date]:
    """Every day of a period."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def sum_of(receipts: Iterable[Receipt], sku: str, position: int) -> Decimal:
    """Units (1) or net sales (2) of a SKU on receipts."""
    lines = [line for receipt in receipts for line in receipt.lines if line[0] == sku]
    return sum((line[position] for line in lines), ZERO)


def sales_of(receipts: Iterable[Receipt]) -> Decimal:
    """Net sales of receipts."""
    return sum((receipt.sales for receipt in receipts), ZERO).quantize(MONEY)


def atv(receipts: Sequence[Receipt]) -> Decimal | None:
    """Net sales a transaction."""
    return safe_divide(sales_of(receipts), sum(receipt.is_transaction for receipt in receipts))
