"""The source contract (eleven raw tables) as Arrow schemas, in contract order."""

from __future__ import annotations

import pyarrow as pa

TEXT = pa.string()
INTEGER = pa.int32()
MONEY = pa.decimal128(18, 2)
KOIN = pa.decimal128(18, 0)
QUANTITY = pa.decimal128(12, 3)
TIMESTAMP = pa.timestamp("us")
DATE = pa.date32()
FLAG = pa.bool_()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([*columns.items(), ("_loaded_at", TIMESTAMP)])


CONTRACT: dict[str, pa.Schema] = {
    "cohesive.tbl_receipt": _schema(
        receive_main_id=TEXT,
        cust_id=TEXT,
        bu_code=TEXT,
        site_code=TEXT,
        sales_channel=TEXT,
        fulfilment=TEXT,
        trx_ts=TIMESTAMP,
        sales=MONEY,
        receipt_status=TEXT,
        original_receive_main_id=TEXT,
        updated_at=TIMESTAMP,
    ),
    "cohesive.tbl_receipt_line": _schema(
        receive_main_id=TEXT,
        line_no=INTEGER,
        sku=TEXT,
        qty=QUANTITY,
        gross_sales=MONEY,
        discount=MONEY,
        net_sales=MONEY,
        koin_used=KOIN,
        receipt_updated_at=TIMESTAMP,
    ),
    "cohesive.tbl_receipt_payment": _schema(
        receive_payment_id=TEXT,
        receive_main_id=TEXT,
        payment_method=TEXT,
        bank_code=TEXT,
        voucher_code=TEXT,
        amount=MONEY,
        receipt_updated_at=TIMESTAMP,
    ),
    "cohesive.tbl_koin": _schema(
        koin_id=TEXT,
        cust_id=TEXT,
        entry_type=TEXT,
        koin=KOIN,
        issue_bu_code=TEXT,
        redeem_bu_code=TEXT,
        main_receive_payment_id=TEXT,
        source_koin_id=TEXT,
        entry_ts=TIMESTAMP,
        expires_on=DATE,
    ),
    "cohesive.tbl_member": _schema(
        cust_id=TEXT,
        rrr_id=TEXT,
        odi_id=TEXT,
        stamps_user_id=TEXT,
        full_name=TEXT,
        email=TEXT,
        phone=TEXT,
        gender=TEXT,
        birth_date=DATE,
        tier=TEXT,
        registration_status=TEXT,
        registered_at=TIMESTAMP,
        activated_at=TIMESTAMP,
        domicile_city=TEXT,
        domicile_province=TEXT,
        pref_site_code=TEXT,
        email_opt_in=FLAG,
        email_opt_in_at=TIMESTAMP,
        whatsapp_opt_in=FLAG,
        whatsapp_opt_in_at=TIMESTAMP,
        erased_at=TIMESTAMP,
        updated_at=TIMESTAMP,
    ),
    "cohesive.tbl_member_tier": _schema(cust_id=TEXT, tier=TEXT, valid_from=DATE, valid_to=DATE),
    "cohesive.tbl_member_child": _schema(cust_id=TEXT, child_no=INTEGER, birth_date=DATE),
    "cohesive.tbl_site": _schema(
        site_code=TEXT,
        site_name=TEXT,
        bu_code=TEXT,
        site_type=TEXT,
        city=TEXT,
        province=TEXT,
        area_manager=TEXT,
        opened_on=DATE,
        closed_on=DATE,
    ),
    "cohesive.tbl_product": _schema(
        sku=TEXT,
        product_name=TEXT,
        brand=TEXT,
        department=TEXT,
        category=TEXT,
        subcategory=TEXT,
        bu_code=TEXT,
        normal_price=MONEY,
        is_active=FLAG,
    ),
    "cohesive.tbl_voucher": _schema(
        voucher_code=TEXT,
        program_code=TEXT,
        cust_id=TEXT,
        issued_at=TIMESTAMP,
        expires_on=DATE,
        face_value=MONEY,
        redeemed_at=TIMESTAMP,
        redeemed_receive_main_id=TEXT,
    ),
    "stamps.message_event": _schema(
        event_id=TEXT,
        message_id=TEXT,
        stamps_user_id=TEXT,
        campaign_code=TEXT,
        channel=TEXT,
        event_type=TEXT,
        bounce_type=TEXT,
        is_machine_open=FLAG,
        event_ts=TIMESTAMP,
    ),
}

#: Business key of each raw table.
KEYS: dict[str, tuple[str, ...]] = {
    "cohesive.tbl_receipt": ("receive_main_id",),
    "cohesive.tbl_receipt_line": ("receive_main_id", "line_no"),
    "cohesive.tbl_receipt_payment": ("receive_payment_id",),
    "cohesive.tbl_koin": ("koin_id",),
    "cohesive.tbl_member": ("cust_id",),
    "cohesive.tbl_member_tier": ("cust_id", "valid_from"),
    "cohesive.tbl_member_child": ("cust_id", "child_no"),
    "cohesive.tbl_site": ("site_code",),
    "cohesive.tbl_product": ("sku",),
    "cohesive.tbl_voucher": ("voucher_code",),
    "stamps.message_event": ("event_id",),
}


def truth_schema(table: str) -> pa.Schema:
    """Schema of the clean truth of `table`: the contract without `_loaded_at`.

    The truth of the members carries one more column, `phone_raw`: the trimmed phone as delivered.
    """
    fields = [field for field in CONTRACT[table] if field.name != "_loaded_at"]
    if table == "cohesive.tbl_member":
        fields.append(pa.field("phone_raw", TEXT))
    return pa.schema(fields)
