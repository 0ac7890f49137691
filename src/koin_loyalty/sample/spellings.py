"""How texts arrive: stray spaces, another case, empty strings for null."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample.columns import set_cells, true_mask

IDENTIFIERS, CODES, WORDS, NAMES, TYPED = "identifiers", "codes", "words", "names", "typed"

#: How the text columns may be spoiled: identifiers, typed texts and names by spaces (names also
#: within), codes and words also by their case.
TEXT_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "cohesive.tbl_receipt": {
        IDENTIFIERS: ("receive_main_id", "cust_id", "original_receive_main_id"),
        CODES: ("bu_code", "site_code"),
        WORDS: ("sales_channel", "fulfilment", "receipt_status"),
    },
    "cohesive.tbl_receipt_line": {IDENTIFIERS: ("receive_main_id", "sku")},
    "cohesive.tbl_receipt_payment": {
        IDENTIFIERS: ("receive_payment_id", "receive_main_id"),
        CODES: ("payment_method", "bank_code", "voucher_code"),
    },
    "cohesive.tbl_koin": {
        IDENTIFIERS: ("koin_id", "cust_id", "main_receive_payment_id", "source_koin_id"),
        CODES: ("issue_bu_code", "redeem_bu_code"),
        WORDS: ("entry_type",),
    },
    "cohesive.tbl_member": {
        IDENTIFIERS: ("cust_id", "rrr_id", "odi_id", "stamps_user_id"),
        CODES: ("pref_site_code",),
        WORDS: ("registration_status",),
        NAMES: ("full_name",),
        TYPED: ("email", "phone", "tier", "domicile_city", "domicile_province"),
    },
    "cohesive.tbl_member_tier": {IDENTIFIERS: ("cust_id",), TYPED: ("tier",)},
    "cohesive.tbl_member_child": {IDENTIFIERS: ("cust_id",)},
    "cohesive.tbl_site": {
        CODES: ("site_code", "bu_code"),
        WORDS: ("site_type",),
        NAMES: ("site_name", "city", "province", "area_manager"),
    },
    "cohesive.tbl_product": {
        IDENTIFIERS: ("sku",),
        CODES: ("bu_code",),
        NAMES: ("product_name", "brand", "department", "category", "subcategory"),
    },
    "cohesive.tbl_voucher": {
        IDENTIFIERS: ("cust_id", "redeemed_receive_main_id"),
        CODES: ("voucher_code", "program_code"),
    },
    "stamps.message_event": {
        IDENTIFIERS: ("event_id", "message_id", "stamps_user_id"),
        CODES: ("campaign_code",),
        WORDS: ("channel", "event_type", "bounce_type"),
    },
}
SHARE_SPOILED = {IDENTIFIERS: 0.002, CODES: 0.015, WORDS: 0.015, NAMES: 0.02, TYPED: 0.02}
SHARE_EMPTY_FOR_NULL = 0.25
SPACES, CASE, EMPTY = 1, 2, 4
SPELLING_KINDS = {SPACES: "stray_spaces", CASE: "mixed_case", EMPTY: "empty_string"}


def spoil(value: str, group: str, pick: int) -> tuple[str, int]:
    """Spoil one text in a way that cleaning undoes: the text and its flags."""
    if not value:
        return value, 0
    if group in (IDENTIFIERS, TYPED, NAMES):
        if group == NAMES and " " in value and pick % 2:
            return f"{value.replace(' ', '  ', 1)} ", SPACES
        return (f" {value}", f"{value} ", f"  {value}\t")[pick % 3], SPACES
    other_case = value.lower() if group == CODES else value.upper()
    if group == CODES and other_case == value:
        return f" {value}", SPACES
    variants = (
        (other_case, CASE),
        (value.title(), CASE),
        (f" {value}", SPACES),
        (f"{other_case}  ", SPACES | CASE),
    )
    text, flags = variants[pick % len(variants)]
    if text == value:
        return other_case, CASE
    return text, flags


def spoil_texts(
    rng: np.random.Generator, table: str, data: pa.Table
) -> tuple[pa.Table, np.ndarray]:
    """Spoil some cells of the text columns; nulls become empty strings here and there."""
    flags = spelling_flags(table, data) if table == "cohesive.tbl_member" else None
    flags = np.zeros(len(data), dtype=np.uint8) if flags is None else flags
    for group, names in TEXT_COLUMNS[table].items():
        for name in names:
            column = data.column(name).combine_chunks()
            is_null = column.is_null().to_numpy(zero_copy_only=False)
            count = max(2, round(len(data) * SHARE_SPOILED[group]))
            rows = np.unique(rng.integers(0, max(len(data), 1), count if len(data) else 0))
            rows = rows[~is_null[rows]]
            nulls = np.flatnonzero(is_null)
            nulls = nulls[rng.random(len(nulls)) < SHARE_EMPTY_FOR_NULL]
            picks = rng.integers(0, 1_000, len(rows))
            spoiled = [
                spoil(value, group, int(pick))
                for value, pick in zip(column.take(pa.array(rows)).to_pylist(), picks, strict=True)
            ]
            if not len(rows) and not len(nulls):
                continue
            where = np.concatenate([rows, nulls])
            texts = [text for text, _ in spoiled] + [""] * len(nulls)
            order = np.argsort(where, kind="stable")
            data = set_cells(data, name, where[order], [texts[position] for position in order])
            flags[rows] |= np.array([flag for _, flag in spoiled], dtype=np.uint8)
            flags[nulls] |= EMPTY
    return data, flags


def spelling_flags(table: str, data: pa.Table) -> np.ndarray:
    """(rows,) bits: text with stray spaces, code or word in another case, empty text."""
    flags = np.zeros(len(data), dtype=np.uint8)
    groups = {name: group for group, names in TEXT_COLUMNS[table].items() for name in names}
    if table == "cohesive.tbl_member":
        groups |= {"gender": CODES}
    for name in data.column_names:
        column = data.column(name)
        if not pa.types.is_string(column.type):
            continue
        trimmed = pc.utf8_trim_whitespace(column)
        tidy = (
            pc.replace_substring_regex(trimmed, r"\s+", " ")
            if groups.get(name) == NAMES
            else trimmed
        )
        empty = true_mask(pc.equal(trimmed, ""))
        flags[empty] |= EMPTY
        flags[true_mask(pc.not_equal(column, tidy)) & ~empty] |= SPACES
        if groups.get(name) in (CODES, WORDS):
            fold = pc.utf8_upper if groups[name] == CODES else pc.utf8_lower
            flags[true_mask(pc.not_equal(fold(trimmed), trimmed))] |= CASE
    return flags
