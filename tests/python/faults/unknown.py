"""Faults that leave a row usable: it is kept, shown as UNKNOWN, and counted with its money."""

from __future__ import annotations

from faults.delivery import (
    ANONYMOUS_CASH,
    ANONYMOUS_SALE,
    MEMBER_SALE,
    UNUSED_VOUCHER,
    Delivery,
    literal,
)

#: What readers see of sales of a business unit, store or member that changed its name.
SALES_REPORTS = (
    "weekly_reports.weekly_pay_with_koin",
    "weekly_reports.weekly_kpis",
    "state.kpi_versions",
    "form_requests.campaign_evaluation",
    "form_requests.campaign_uplift",
    "form_requests.sales_recap_daily",
    "form_requests.sales_recap_products",
    "form_requests.payment_method_performance",
)
PAYMENTS = "form_requests.payment_method_performance"
RECAPS = ("form_requests.sales_recap_daily", "form_requests.sales_recap_products")
PRODUCTS = "form_requests.product_list"
VOUCHERS = ("segments.segment_voucher_holders", "form_requests.voucher_program_performance")


def differ(delivery: Delivery, *marts: str) -> None:
    """Whole marts may differ."""
    for mart in marts:
        delivery.may_differ(mart)


def is_listed(delivery: Delivery, table: str, spelling: str) -> None:
    """One row with a spelling that no reference table knows is shown to the analyst."""
    row = f"table_name = '{table}' and spelling = '{spelling}'"
    delivery.may_differ("quality.unknown_spellings", row)
    delivery.shows(f"select row_count from quality.unknown_spellings where {row}", (1,))


def facts_differ(delivery: Delivery, receipt: str, *facts: str) -> str:
    """The facts of a receipt may differ. Returns their condition."""
    same = f"receive_main_id = {literal(receipt)}"
    for fact in facts:
        delivery.may_differ(f"core.{fact}", same)
    return same


ALL_FACTS = ("fct_receipts", "fct_receipt_lines", "fct_receipt_payments")


def unknown_business_unit(delivery: Delivery) -> None:
    """A receipt is of a business unit that nobody knows, another of none."""
    for code in ("'ZZZ'", "null"):
        row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
        delivery.change("tbl_receipt", delivery.condition("tbl_receipt", row), bu_code=code)
        delivery.count("tbl_receipt", "unknown", "unknown_bu", 1, row["sales"])
        same = facts_differ(delivery, row["receive_main_id"], *ALL_FACTS)
        delivery.shows(
            f"select bu_code, sales, counts_in_net_sales from core.fct_receipts where {same}",
            ("UNKNOWN", row["sales"], True),
        )
    differ(delivery, *SALES_REPORTS, "form_requests.voucher_program_performance")


def unknown_site_type(delivery: Delivery) -> None:
    """A store is of a type that nobody knows."""
    row = delivery.victim("tbl_site", "site_type = 'shop_in_shop'")
    same = delivery.condition("tbl_site", row)
    delivery.change("tbl_site", same, site_type="'Shop-in-shop'")
    delivery.count("tbl_site", "unknown", "unknown_site_type")
    code = f"site_code = {literal(row['site_code'])}"
    delivery.may_differ("core.dim_sites", code)
    delivery.may_differ("segments.segment_site_history", code)
    delivery.shows(f"select site_type from core.dim_sites where {code}", ("UNKNOWN",))


def unknown_site(delivery: Delivery) -> None:
    """A receipt is of a store that the store table has not."""
    row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    delivery.change("tbl_receipt", delivery.condition("tbl_receipt", row), site_code="'ZZ99'")
    delivery.count("tbl_receipt", "unknown", "unknown_site", 1, row["sales"])
    facts_differ(delivery, row["receive_main_id"], *ALL_FACTS)
    differ(delivery, *RECAPS)
    delivery.may_differ("core.dim_sites", "site_code = 'ZZ99'")
    delivery.shows(
        "select site_name, bu_code, is_known from core.dim_sites where site_code = 'ZZ99'",
        ("UNKNOWN", "UNKNOWN", False),
    )


def unknown_sku(delivery: Delivery) -> None:
    """A line is of a product that the product table has not."""
    row = delivery.victim(
        "tbl_receipt_line",
        f"receive_main_id in (select receive_main_id from clean.tbl_receipt where {ANONYMOUS_SALE})"
        " and sku in (select sku from clean.tbl_product)",
    )
    delivery.change("tbl_receipt_line", delivery.condition("tbl_receipt_line", row), sku="'ZZ9999'")
    delivery.count("tbl_receipt_line", "unknown", "unknown_sku", 1, row["net_sales"])
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_lines")
    differ(delivery, "form_requests.sales_recap_products", PRODUCTS)
    delivery.may_differ("core.dim_products", "sku = 'ZZ9999'")
    delivery.shows(
        "select product_name, category, is_known from core.dim_products where sku = 'ZZ9999'",
        ("UNKNOWN", "UNKNOWN", False),
    )


def unknown_member(delivery: Delivery) -> None:
    """A receipt names a member whom the member table has not."""
    row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    delivery.change("tbl_receipt", delivery.condition("tbl_receipt", row), cust_id="'999999999'")
    delivery.count("tbl_receipt", "unknown", "unknown_member", 1, row["sales"])
    same = facts_differ(delivery, row["receive_main_id"], *ALL_FACTS)
    differ(
        delivery,
        *SALES_REPORTS,
        "form_requests.member_cohorts",
        "form_requests.site_closure_movement",
        "form_requests.voucher_program_performance",
    )
    delivery.shows(
        f"select cust_id, tier_code from core.fct_receipts where {same}", ("999999999", "UNKNOWN")
    )


def orphan_line(delivery: Delivery) -> None:
    """A line is of a receipt that never came."""
    row = delivery.victim("tbl_receipt_line", "sku in (select sku from clean.tbl_product)")
    same = delivery.condition("tbl_receipt_line", row)
    delivery.add("tbl_receipt_line", same, receive_main_id="'ZZ-LINE'")
    delivery.count("tbl_receipt_line", "delivered", "all")
    delivery.count("tbl_receipt_line", "kept", "all")
    delivery.count("tbl_receipt_line", "orphan", "orphan", 1, row["net_sales"])
    facts_differ(delivery, "ZZ-LINE", "fct_receipt_lines")
    delivery.shows(
        "select net_sales, is_orphan from core.fct_receipt_lines where receive_main_id = 'ZZ-LINE'",
        (row["net_sales"], True),
    )


def orphan_payment(delivery: Delivery) -> None:
    """A payment is of a receipt that never came."""
    row = delivery.victim("tbl_receipt_payment", "payment_method = 'CASH'")
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.add(
        "tbl_receipt_payment", same, receive_payment_id="'ZZ-PAY'", receive_main_id="'ZZ-PAID'"
    )
    delivery.count("tbl_receipt_payment", "delivered", "all")
    delivery.count("tbl_receipt_payment", "kept", "all")
    delivery.count("tbl_receipt_payment", "orphan", "orphan", 1, row["amount"])
    facts_differ(delivery, "ZZ-PAID", "fct_receipt_payments")
    delivery.shows(
        "select amount, is_orphan from core.fct_receipt_payments where receive_main_id = 'ZZ-PAID'",
        (row["amount"], True),
    )


def orphan_koin(delivery: Delivery) -> None:
    """Koin are issued on a receipt that never came: they count, whatever the receipt."""
    row = delivery.victim(
        "tbl_koin",
        "entry_type = 'issue' and main_receive_payment_id in"
        " (select receive_main_id from clean.tbl_receipt where receipt_status = 'completed')",
    )
    same = delivery.condition("tbl_koin", row)
    delivery.change("tbl_koin", same, main_receive_payment_id="'ZZ-KOIN'")
    delivery.count("tbl_koin", "orphan", "orphan", 1, row["koin"])
    delivery.may_differ("core.fct_koin_entries", same)
    delivery.shows(f"select koin from core.fct_koin_entries where {same}", (row["koin"],))


def orphan_voucher(delivery: Delivery) -> None:
    """A voucher was redeemed on a receipt that never came."""
    row = delivery.victim(
        "tbl_voucher",
        f"(cust_id is null or expires_on < date '2025-10-01') and {UNUSED_VOUCHER}",
    )
    same = delivery.condition("tbl_voucher", row)
    delivery.change(
        "tbl_voucher",
        same,
        redeemed_receive_main_id="'ZZ-VOUCHER'",
        redeemed_at="issued_at + interval 1 hour",
    )
    delivery.count("tbl_voucher", "orphan", "orphan", 1, row["face_value"])
    delivery.count("tbl_voucher", "disagreement", "redeemed_without_payment", 1, row["face_value"])
    delivery.may_differ("core.fct_vouchers", same)
    differ(delivery, *VOUCHERS)


def tender_differs_from_ledger(delivery: Delivery) -> None:
    """The KOIN tender of a receipt, and its payments, are 700 less than its redemptions: the
    ledger rules."""
    row = delivery.victim(
        "tbl_receipt_payment",
        f"""payment_method = 'KOIN' and amount > 2000 and receive_main_id in (
            select receive_main_id from clean.tbl_receipt where {MEMBER_SALE}
        ) and receive_main_id in (
            select main_receive_payment_id from clean.tbl_koin where entry_type = 'redeem'
        )""",
    )
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, amount="amount - 700")
    delivery.count("tbl_koin", "disagreement", "ledger_differs_from_tender", 1, 700)
    delivery.count("tbl_receipt", "disagreement", "payments_differ_from_sales", 1, 700)
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS, RECAPS[0], "segments.segment_payment_history")


def reversal_differs_from_tender(delivery: Delivery) -> None:
    """A return gives 700 more back in koin than the ledger does: the ledger rules."""
    row = delivery.victim(
        "tbl_receipt_payment",
        """payment_method = 'KOIN' and receive_main_id in (
            select receive_main_id from clean.tbl_receipt
            where receipt_status = 'return' and cust_id is not null
        )""",
    )
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, amount="amount - 700")
    delivery.count("tbl_koin", "disagreement", "reversal_differs_from_tender", 1, 700)
    delivery.count("tbl_receipt", "disagreement", "payments_differ_from_sales", 1, 700)
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS, RECAPS[0], "segments.segment_payment_history")


def koin_used_differs_from_ledger(delivery: Delivery) -> None:
    """A line says that 300 koin more were used than its receipt redeemed: the ledger rules."""
    row = delivery.victim(
        "tbl_receipt_line",
        f"""koin_used > 0 and receive_main_id in (
            select receive_main_id from clean.tbl_receipt where {MEMBER_SALE}
        ) and receive_main_id in (
            select main_receive_payment_id from clean.tbl_koin where entry_type = 'redeem'
        )""",
    )
    same = delivery.condition("tbl_receipt_line", row)
    delivery.change("tbl_receipt_line", same, koin_used="koin_used + 300")
    delivery.count("tbl_koin", "disagreement", "ledger_differs_from_koin_used", 1, 300)
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_lines")
    differ(delivery, *RECAPS)


def payments_do_not_add_up(delivery: Delivery) -> None:
    """A receipt is paid with 5,000 more than it sold: sales are what the receipt says."""
    row = delivery.victim("tbl_receipt_payment", ANONYMOUS_CASH)
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, amount="amount + 5000")
    delivery.count("tbl_receipt", "disagreement", "payments_differ_from_sales", 1, 5000)
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS, RECAPS[0])


def lines_do_not_add_up(delivery: Delivery) -> None:
    """The lines of a receipt sell 4,000 less than the receipt: sales are what the receipt says."""
    row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    same = f"{delivery.condition('tbl_receipt', row)} and line_no = 1"
    delivery.change("tbl_receipt_line", same, net_sales="net_sales - 4000")
    delivery.count("tbl_receipt", "disagreement", "lines_differ_from_sales", 1, 4000)
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_lines")
    differ(delivery, *RECAPS, PRODUCTS)


def quantity_of_other_sign(delivery: Delivery) -> None:
    """The line of a return says that a piece was sold: its money is right, and it is told."""
    row = delivery.victim(
        "tbl_receipt",
        "receipt_status = 'return' and receive_main_id in"
        " (select receive_main_id from clean.tbl_receipt_line where line_no = 1 and qty < 0)",
    )
    same = f"{delivery.condition('tbl_receipt', row)} and line_no = 1"
    [(sales,)] = delivery.db.execute(
        f"select net_sales from clean.tbl_receipt_line where {same}"
    ).fetchall()
    delivery.change("tbl_receipt_line", same, qty="-qty")
    delivery.count("tbl_receipt", "disagreement", "quantities_of_other_sign", 1, sales)
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_lines")
    differ(delivery, *RECAPS, PRODUCTS)


def receipt_without_lines(delivery: Delivery) -> None:
    """Neither lines nor payments of a receipt came: its sales count, and the gap is told."""
    row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    same = delivery.condition("tbl_receipt", row)
    for table in ("tbl_receipt_line", "tbl_receipt_payment"):
        rows = delivery.number(table, same)
        delivery.remove(table, same, ("delivered",))
        delivery.count(table, "delivered", "all", -rows)
        delivery.count(table, "kept", "all", -rows)
    delivery.count("tbl_receipt", "disagreement", "lines_differ_from_sales", 1, row["sales"])
    delivery.count("tbl_receipt", "disagreement", "payments_differ_from_sales", 1, row["sales"])
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_lines", "fct_receipt_payments")
    differ(delivery, *RECAPS, PRODUCTS, PAYMENTS)


def unknown_payment_method(delivery: Delivery) -> None:
    """A payment is of a method that nobody knows."""
    row = delivery.victim("tbl_receipt_payment", ANONYMOUS_CASH)
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, payment_method="'BARTER'")
    delivery.count("tbl_receipt_payment", "unknown", "unknown_payment_method", 1, row["amount"])
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS)
    delivery.shows(
        f"select payment_group, amount from core.fct_receipt_payments where {same}",
        ("UNKNOWN", row["amount"]),
    )
    is_listed(delivery, "tbl_receipt_payment", "BARTER")


def unknown_bank(delivery: Delivery) -> None:
    """A card payment is of a bank that nobody knows: it has no partner."""
    row = delivery.victim("tbl_receipt_payment", ANONYMOUS_CASH)
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, payment_method="'DEBIT'", bank_code="'Bank Zz'")
    delivery.count("tbl_receipt_payment", "unknown", "unknown_bank", 1, row["amount"])
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS)
    delivery.shows(
        "select payment_group, payment_partner, is_unknown_bank"
        f" from core.fct_receipt_payments where {same}",
        ("DEBIT_CARD", None, True),
    )
    is_listed(delivery, "tbl_receipt_payment", "DEBIT, BANK ZZ")


def unknown_words(delivery: Delivery) -> None:
    """A receipt is fulfilled, a member has a gender, in a word that nobody knows."""
    receipt = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    same = delivery.condition("tbl_receipt", receipt)
    delivery.change("tbl_receipt", same, fulfilment="'Click & Collect'")
    delivery.count("tbl_receipt", "unknown", "unknown_fulfilment", 1, receipt["sales"])
    facts_differ(delivery, receipt["receive_main_id"], "fct_receipts")
    member = delivery.victim("tbl_member", "gender = 'M' and erased_at is null")
    same = delivery.condition("tbl_member", member)
    delivery.change("tbl_member", same, gender="'L'")
    delivery.count("tbl_member", "unknown", "unknown_gender")
    delivery.may_differ("core.dim_members", same)
    delivery.may_differ("segments.member_profile", same)
    delivery.shows(f"select gender from core.dim_members where {same}", ("BLANK",))


def unknown_voucher(delivery: Delivery) -> None:
    """A payment names a voucher that the voucher table has not."""
    row = delivery.victim("tbl_receipt_payment", ANONYMOUS_CASH)
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, voucher_code="'ZZ-NONE'")
    delivery.count("tbl_receipt_payment", "unknown", "unknown_voucher", 1, row["amount"])
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS)


def voucher_not_named(delivery: Delivery) -> None:
    """A payment by voucher names none."""
    row = delivery.victim("tbl_receipt_payment", ANONYMOUS_CASH)
    same = delivery.condition("tbl_receipt_payment", row)
    delivery.change("tbl_receipt_payment", same, payment_method="'VOUCHER'")
    delivery.count("tbl_receipt_payment", "orphan", "voucher_not_named", 1, row["amount"])
    facts_differ(delivery, row["receive_main_id"], "fct_receipt_payments")
    differ(delivery, PAYMENTS, RECAPS[0])


def voucher_receipt_without_redemption(delivery: Delivery) -> None:
    """A voucher names a receipt, but no time at which it was redeemed: it is not redeemed."""
    row = delivery.victim("tbl_voucher", UNUSED_VOUCHER)
    same = delivery.condition("tbl_voucher", row)
    delivery.change("tbl_voucher", same, redeemed_receive_main_id="'ZZ-VOUCHER-2'")
    delivery.count(
        "tbl_voucher", "disagreement", "receipt_without_redemption", 1, row["face_value"]
    )


def product_of_an_unknown_business_unit(delivery: Delivery) -> None:
    """A product is of a business unit that nobody knows."""
    row = delivery.victim(
        "tbl_product", "sku not in (select sku from clean.tbl_receipt_line where sku is not null)"
    )
    same = delivery.condition("tbl_product", row)
    delivery.change("tbl_product", same, bu_code="'ZZZ'")
    delivery.count("tbl_product", "unknown", "unknown_bu")
    delivery.may_differ("core.dim_products", same)
    differ(delivery, PRODUCTS)
    delivery.shows(f"select bu_code from core.dim_products where {same}", ("UNKNOWN",))


def unknown_original(delivery: Delivery) -> None:
    """A return is of a receipt that never came, another of that return: both lower sales, and are
    told."""
    row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    same = delivery.condition("tbl_receipt", row)
    sale = row["sales"]
    for key, original in (("ZZ-RETURN", "ZZ-NEVER"), ("ZZ-RETURN-2", "ZZ-RETURN")):
        delivery.add(
            "tbl_receipt",
            same,
            receive_main_id=f"'{key}'",
            receipt_status="'return'",
            original_receive_main_id=f"'{original}'",
            sales="-sales",
        )
        delivery.count("tbl_receipt", "delivered", "all")
        delivery.count("tbl_receipt", "kept", "all")
        delivery.count("tbl_receipt", "unknown", "unknown_original", 1, sale)
        delivery.count("tbl_receipt", "disagreement", "lines_differ_from_sales", 1, sale)
        delivery.count("tbl_receipt", "disagreement", "payments_differ_from_sales", 1, sale)
        facts_differ(delivery, key, "fct_receipts")
        delivery.shows(
            "select sales, counts_in_net_sales from core.fct_receipts"
            f" where receive_main_id = '{key}'",
            (-sale, True),
        )
    differ(delivery, *SALES_REPORTS)


def unknown_tier(delivery: Delivery) -> None:
    """A tier in the history of a member who bought nothing is none that anybody knows."""
    row = delivery.victim(
        "tbl_member_tier",
        "valid_to is null and cust_id not in (select cust_id from clean.tbl_koin)"
        " and cust_id in (select cust_id from clean.tbl_member)"
        " and cust_id not in (select coalesce(cust_id, '') from clean.tbl_receipt)",
    )
    same = delivery.condition("tbl_member_tier", row)
    delivery.change("tbl_member_tier", same, tier="'DIAMOND'")
    delivery.count("tbl_member_tier", "unknown", "unknown_tier")
    member = f"cust_id = {literal(row['cust_id'])}"
    delivery.may_differ("core.dim_member_tiers", member)
    delivery.may_differ("segments.member_profile", member)
    delivery.shows(
        f"select count(*) from core.dim_member_tiers where {member} and tier_code = 'UNKNOWN'",
        (1,),
    )
    is_listed(delivery, "tbl_member_tier", "diamond")


def unknown_koin_business_unit(delivery: Delivery) -> None:
    """Koin are redeemed at a business unit that nobody knows: the flow shows UNKNOWN."""
    row = delivery.victim(
        "tbl_koin",
        f"entry_type = 'redeem' and main_receive_payment_id is not null and {WITHOUT_REVERSAL}",
    )
    same = delivery.condition("tbl_koin", row)
    delivery.change("tbl_koin", same, redeem_bu_code="'ZZZ'")
    delivery.count("tbl_koin", "unknown", "unknown_bu", 1, row["koin"])
    delivery.may_differ("core.fct_koin_entries", same)
    differ(
        delivery,
        *SALES_REPORTS,
        "weekly_reports.daily_koin_in_out",
        "weekly_reports.weekly_koin_in_out",
        "weekly_reports.weekly_koin_flow_matrix",
    )
    delivery.shows(
        f"select redeem_bu_code, koin from core.fct_koin_entries where {same}",
        ("UNKNOWN", row["koin"]),
    )


def reversal_without_business_unit(delivery: Delivery) -> None:
    """Koin are given back at a business unit that nobody knows, others at none: they leave the flow
    of the redemption that is undone."""
    for code in ("'ZZZ'", "null"):
        row = delivery.victim(
            "tbl_koin",
            "entry_type = 'reverse_redeem' and source_koin_id in"
            " (select koin_id from clean.tbl_koin where entry_type = 'redeem')",
        )
        same = delivery.condition("tbl_koin", row)
        delivery.change("tbl_koin", same, redeem_bu_code=code)
        delivery.count("tbl_koin", "unknown", "unknown_bu", 1, row["koin"])
        delivery.may_differ("core.fct_koin_entries", same)
        delivery.shows(
            f"select redeem_bu_code, koin from core.fct_koin_entries where {same}",
            ("UNKNOWN", row["koin"]),
        )
    # UNKNOWN has rows, as data refer to it; those of business units stay as they are.
    for mart in ("daily_koin_in_out", "weekly_koin_in_out"):
        delivery.may_differ(f"weekly_reports.{mart}", "bu_code = 'UNKNOWN'")
    differ(delivery, *SALES_REPORTS)


WITHOUT_REVERSAL = """
    koin_id not in (select source_koin_id from clean.tbl_koin where source_koin_id is not null)
"""


def koin_without_member(delivery: Delivery) -> None:
    """The member of koin movements is not in the member table: the koin stay in the balance."""
    row = delivery.victim(
        "tbl_member",
        "cust_id in (select cust_id from clean.tbl_koin) and erased_at is null"
        " and cust_id not in (select coalesce(cust_id, '') from clean.tbl_voucher)"
        " and cust_id not in (select cust_id from clean.tbl_member_child)"
        " and cust_id not in (select coalesce(cust_id, '') from clean.tbl_receipt"
        " where original_receive_main_id is not null)",
    )
    member = row["cust_id"]
    same = f"cust_id = {literal(member)}"
    delivery.shows(
        f"select sum(koin) from core.fct_koin_entries where {same}",
        (delivery.db.execute(f"select sum(koin) from clean.tbl_koin where {same}").fetchone()[0],),
    )
    delivery.remove("tbl_member", same, ("delivered",))
    delivery.count("tbl_member", "delivered", "all", -1)
    delivery.count("tbl_member", "kept", "all", -1)
    for table, amount in (("tbl_receipt", "sales"), ("tbl_koin", "koin"), ("tbl_member_tier", "0")):
        rows, money = delivery.db.execute(
            f"select count(*), sum(abs({amount})) from clean.{table} where {same}"
        ).fetchone()
        delivery.count(table, "unknown", "unknown_member", rows, money)
    events = "stamps_user_id in (select stamps_user_id from clean.tbl_member where {0})"
    delivery.count(
        "message_event",
        "unknown",
        "unknown_member",
        delivery.number("message_event", events.format(same)),
    )
    for reason in ("unknown_tier", "unknown_site"):
        delivery.count("tbl_member", "unknown", reason, 0)
    delivery.may_differ("*")


def impossible_birth_date(delivery: Delivery) -> None:
    """A member is born in 1850, a child after the row that tells of it: the member has no age, the
    child is not there yet."""
    row = delivery.victim("tbl_member", "birth_date is not null and erased_at is null")
    same = delivery.condition("tbl_member", row)
    delivery.change("tbl_member", same, birth_date="date '1850-01-01'")
    delivery.count("tbl_member", "flagged", "impossible_birth_date")
    delivery.may_differ("core.dim_members", same)
    delivery.may_differ("segments.member_profile", same)
    delivery.shows(f"select age from segments.member_profile where {same}", (None,))
    child = delivery.condition("tbl_member_child", delivery.victim("tbl_member_child"))
    delivery.add("tbl_member_child", child, child_no="child_no + 20", birth_date="'2099-01-01'")
    for outcome, reason in (
        ("delivered", "all"),
        ("kept", "all"),
        ("flagged", "impossible_birth_date"),
    ):
        delivery.count("tbl_member_child", outcome, reason)


def sale_at_a_closed_store(delivery: Delivery) -> None:
    """A store closed, on paper, the day before its last sale."""
    row = delivery.victim("tbl_site", "closed_on is not null")
    same = delivery.condition("tbl_site", row)
    sold = f"site_code = {literal(row['site_code'])} and receipt_status = 'completed'"
    rows, money, closed_on = delivery.db.execute(
        f"""select count(*), sum(sales), cast(trx_ts as date) - 1 from clean.tbl_receipt
        where {sold} group by cast(trx_ts as date) order by cast(trx_ts as date) desc limit 1"""
    ).fetchone()
    delivery.change("tbl_site", same, closed_on=f"date '{closed_on}'")
    delivery.count("tbl_receipt", "flagged", "outside_site_dates", rows, money)
    delivery.may_differ("core.dim_sites", same)
    delivery.may_differ(
        "form_requests.site_closure_movement", f"closed_site_code = {literal(row['site_code'])}"
    )


def unknown_programme_and_campaign(delivery: Delivery) -> None:
    """A voucher is of a programme, a message of a campaign, that nobody knows."""
    row = delivery.victim("tbl_voucher", "cust_id is null or redeemed_receive_main_id is not null")
    same = delivery.condition("tbl_voucher", row)
    delivery.change("tbl_voucher", same, program_code="'ZZ-PROGRAM'")
    delivery.count("tbl_voucher", "unknown", "unknown_program", 1, row["face_value"])
    delivery.may_differ("core.fct_vouchers", same)
    differ(delivery, *VOUCHERS)
    event = delivery.victim(
        "message_event", "campaign_code = 'AZ-HARBOLNAS24' and event_type = 'sent'"
    )
    same = delivery.condition("message_event", event)
    delivery.change("message_event", same, campaign_code="'ZZ-CAMPAIGN'")
    delivery.count("message_event", "unknown", "unknown_campaign")
    delivery.may_differ("core.fct_message_events", same)
    differ(delivery, "form_requests.campaign_messages")


def unknown_preferred_site(delivery: Delivery) -> None:
    """A member prefers a store that the store table has not: its city and unit are unknown."""
    row = delivery.victim(
        "tbl_member",
        "pref_site_code is null and cust_id in (select cust_id from clean.tbl_receipt)",
    )
    same = delivery.condition("tbl_member", row)
    delivery.change("tbl_member", same, pref_site_code="'ZZ98'")
    delivery.count("tbl_member", "unknown", "unknown_site")
    delivery.may_differ("core.dim_sites", "site_code = 'ZZ98'")
    member = f"cust_id = {literal(row['cust_id'])}"
    delivery.may_differ("core.dim_members", member)
    delivery.may_differ("segments.member_profile", member)
    delivery.may_differ("weekly_reports.weekly_kpis", "report = 'koin_outstanding'")
    delivery.may_differ("state.kpi_versions", "report = 'koin_outstanding'")
    differ(delivery, "weekly_reports.weekly_koin_outstanding")
    delivery.shows(
        "select preferred_site_code, preferred_site_city, area_manager"
        f" from segments.member_profile where {member}",
        ("ZZ98", "UNKNOWN", "UNASSIGNED"),
    )
