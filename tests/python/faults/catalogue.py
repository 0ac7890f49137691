"""All faults that a delivery is built with, by name; those that stop a run are in `stopped`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from faults import corrected, quarantined, unknown
from faults.delivery import Delivery

CORRECTED, QUARANTINED, UNKNOWN, STOPPED = "corrected", "quarantined", "unknown", "stopped"

Damage = Callable[[Delivery], None]


@dataclass(frozen=True)
class Fault:
    """A way in which a delivery can be wrong.

    Attributes:
        damage: puts the fault into a clean delivery; its docstring says what is wrong.
        form: faults of the same form of delivery exclude each other; those of ALONE all others.
        is_wide: changes many rows, so it comes after the faults that look for single ones.
    """

    outcome: str
    damage: Damage
    form: str | None = None
    is_wide: bool = False

    @property
    def name(self) -> str:
        """`late_rows`."""
        return getattr(self.damage, "__name__", "")

    @property
    def says(self) -> str:
        """What is wrong, in a sentence."""
        return " ".join((self.damage.__doc__ or "").split())


FILES, ALONE = "files", "alone"

FAULTS: dict[str, Fault] = {
    # Corrected: every mart as if the fault had not been.
    "identical duplicate": Fault(CORRECTED, corrected.identical_duplicates),
    "whole delivery twice": Fault(CORRECTED, corrected.repeated_delivery, ALONE),
    "older version of a receipt after the newer": Fault(
        CORRECTED, corrected.older_receipt_after_newer
    ),
    "older version of a member after the newer": Fault(
        CORRECTED, corrected.older_member_after_newer
    ),
    "older rows of tables without version": Fault(CORRECTED, corrected.older_rows_without_version),
    "dropped line of a corrected receipt": Fault(CORRECTED, corrected.dropped_line),
    "correction whose header is late": Fault(CORRECTED, corrected.unfinished_correction),
    "void after a sale": Fault(CORRECTED, corrected.void_after_sale),
    "late rows": Fault(CORRECTED, corrected.late_rows, is_wide=True),
    "stray white space": Fault(CORRECTED, corrected.stray_white_space, is_wide=True),
    "mixed case": Fault(CORRECTED, corrected.mixed_case, is_wide=True),
    "names in other case": Fault(CORRECTED, corrected.names_in_other_case, is_wide=True),
    "empty string for null": Fault(CORRECTED, corrected.empty_strings, is_wide=True),
    "tier spellings": Fault(CORRECTED, corrected.tier_spellings, is_wide=True),
    "city spellings": Fault(CORRECTED, corrected.city_spellings, is_wide=True),
    "phone spellings": Fault(CORRECTED, corrected.phone_spellings, is_wide=True),
    "tier overlap": Fault(CORRECTED, corrected.tier_overlap),
    "tier gap": Fault(CORRECTED, corrected.tier_gap),
    "tier period taken back": Fault(CORRECTED, corrected.tier_taken_back),
    "opt-in null": Fault(CORRECTED, corrected.opt_in_null, is_wide=True),
    "shared phone": Fault(CORRECTED, corrected.shared_phone),
    "CSV of a spreadsheet": Fault(CORRECTED, corrected.csv_of_a_spreadsheet, FILES),
    "CSV instead of Parquet": Fault(CORRECTED, corrected.csv_files, FILES),
    "rows out of order": Fault(CORRECTED, corrected.rows_out_of_order, FILES),
    "one table in several files": Fault(CORRECTED, corrected.several_files, FILES),
    "other columns besides": Fault(CORRECTED, corrected.other_columns, FILES),
    "other types of the same values": Fault(CORRECTED, corrected.other_types, FILES),
    # Quarantined: every mart as if the row had not come, and the row counted.
    "missing key": Fault(QUARANTINED, quarantined.missing_key),
    "missing value": Fault(QUARANTINED, quarantined.missing_value),
    "unparseable number": Fault(QUARANTINED, quarantined.unparseable_number, FILES),
    "fraction where none can be": Fault(QUARANTINED, quarantined.fractions, FILES),
    "unparseable date": Fault(QUARANTINED, quarantined.unparseable_date, FILES),
    "negative koin": Fault(QUARANTINED, quarantined.negative_koin),
    "unknown entry type": Fault(QUARANTINED, quarantined.unknown_entry_type),
    "unknown receipt status": Fault(QUARANTINED, quarantined.unknown_receipt_status),
    "unusable newest version": Fault(QUARANTINED, quarantined.unusable_newest_version),
    "unknown event type or channel": Fault(QUARANTINED, quarantined.unknown_event),
    "date before go-live": Fault(QUARANTINED, quarantined.before_go_live),
    "voucher issued before go-live": Fault(QUARANTINED, quarantined.voucher_before_go_live),
    "date before the calendar": Fault(QUARANTINED, quarantined.before_the_calendar),
    "date after its load": Fault(QUARANTINED, quarantined.date_after_load),
    "impossible amount": Fault(QUARANTINED, quarantined.impossible_amount),
    "return without sign": Fault(QUARANTINED, quarantined.return_without_sign),
    "return above its original": Fault(QUARANTINED, quarantined.return_above_original),
    "impossible expiry": Fault(QUARANTINED, quarantined.impossible_expiry),
    "impossible period": Fault(QUARANTINED, quarantined.impossible_period),
    "negative price": Fault(QUARANTINED, quarantined.negative_price),
    # Unknown: kept, shown as UNKNOWN, counted with money.
    "unknown business unit": Fault(UNKNOWN, unknown.unknown_business_unit),
    "unknown store": Fault(UNKNOWN, unknown.unknown_site),
    "unknown type of store": Fault(UNKNOWN, unknown.unknown_site_type),
    "unknown SKU": Fault(UNKNOWN, unknown.unknown_sku),
    "unknown member": Fault(UNKNOWN, unknown.unknown_member),
    "orphan line": Fault(UNKNOWN, unknown.orphan_line),
    "orphan payment": Fault(UNKNOWN, unknown.orphan_payment),
    "orphan koin": Fault(UNKNOWN, unknown.orphan_koin),
    "orphan voucher": Fault(UNKNOWN, unknown.orphan_voucher),
    "KOIN tender that differs from the ledger": Fault(UNKNOWN, unknown.tender_differs_from_ledger),
    "KOIN tender of a return that differs from the ledger": Fault(
        UNKNOWN, unknown.reversal_differs_from_tender
    ),
    "koin_used that differs from the ledger": Fault(UNKNOWN, unknown.koin_used_differs_from_ledger),
    "payments that do not add up": Fault(UNKNOWN, unknown.payments_do_not_add_up),
    "lines that do not add up": Fault(UNKNOWN, unknown.lines_do_not_add_up),
    "quantity that is sold in a return": Fault(UNKNOWN, unknown.quantity_of_other_sign),
    "receipt without lines and payments": Fault(UNKNOWN, unknown.receipt_without_lines),
    "unknown payment method": Fault(UNKNOWN, unknown.unknown_payment_method),
    "unknown bank": Fault(UNKNOWN, unknown.unknown_bank),
    "unknown voucher": Fault(UNKNOWN, unknown.unknown_voucher),
    "unknown way of fulfilment or gender": Fault(UNKNOWN, unknown.unknown_words),
    "payment by a voucher that is not named": Fault(UNKNOWN, unknown.voucher_not_named),
    "voucher with a receipt but not redeemed": Fault(
        UNKNOWN, unknown.voucher_receipt_without_redemption
    ),
    "product of an unknown business unit": Fault(
        UNKNOWN, unknown.product_of_an_unknown_business_unit
    ),
    "return of an unknown receipt": Fault(UNKNOWN, unknown.unknown_original),
    "unknown tier": Fault(UNKNOWN, unknown.unknown_tier),
    "koin at an unknown business unit": Fault(UNKNOWN, unknown.unknown_koin_business_unit),
    "koin given back at no business unit": Fault(UNKNOWN, unknown.reversal_without_business_unit),
    "koin of an unknown member": Fault(UNKNOWN, unknown.koin_without_member, ALONE),
    "impossible birth date": Fault(UNKNOWN, unknown.impossible_birth_date),
    "sale at a closed store": Fault(UNKNOWN, unknown.sale_at_a_closed_store),
    "unknown programme or campaign": Fault(UNKNOWN, unknown.unknown_programme_and_campaign),
    "unknown preferred store": Fault(UNKNOWN, unknown.unknown_preferred_site, ALONE),
}


def go_together(faults: Iterable[Fault]) -> bool:
    """Whether one delivery can have all of these faults."""
    forms = [fault.form for fault in faults if fault.form]
    return ALONE not in forms and len(forms) == len(set(forms))


def together(outcome: str) -> list[Fault]:
    """The faults of an outcome that one delivery can have, of each form the first."""
    chosen: list[Fault] = []
    for fault in FAULTS.values():
        if fault.outcome == outcome and go_together([*chosen, fault]):
            chosen.append(fault)
    return chosen


def random_sets(number: int, size: int, seed: int) -> list[tuple[str, ...]]:
    """Different sets of faults that one delivery can have, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    sets: list[tuple[str, ...]] = []
    while len(sets) < number:
        names = tuple(sorted(chance.sample(sorted(FAULTS), size)))
        if names not in sets and go_together(FAULTS[name] for name in names):
            sets.append(names)
    return sets
