{#
    The raw tables of the source contract, in its order: source, table, business key, the model that holds
    one row a raw row with its reject reason, the model of the rows that were kept, the key of any row as
    one text, and the column with the money (or koin) that a row carries.
    Result: a list of mappings with source, name, key, judged_in, kept_in, row_key, amount.
#}
{% macro raw_tables() %}
    {% set rows = [
        ('cohesive', 'tbl_receipt', ['receive_main_id'], 'receipts', 'sales'),
        ('cohesive', 'tbl_receipt_line', ['receive_main_id', 'line_no'], 'receipt_lines', 'net_sales'),
        ('cohesive', 'tbl_receipt_payment', ['receive_payment_id'], 'receipt_payments', 'amount'),
        ('cohesive', 'tbl_koin', ['koin_id'], 'koin_entries', 'koin'),
        ('cohesive', 'tbl_member', ['cust_id'], 'members', none),
        ('cohesive', 'tbl_member_tier', ['cust_id', 'valid_from'], 'member_tiers', none),
        ('cohesive', 'tbl_member_child', ['cust_id', 'child_no'], 'member_children', none),
        ('cohesive', 'tbl_site', ['site_code'], 'sites', none),
        ('cohesive', 'tbl_product', ['sku'], 'products', none),
        ('cohesive', 'tbl_voucher', ['voucher_code'], 'vouchers', 'face_value'),
        ('stamps', 'message_event', ['event_id'], 'message_events', none),
    ] %}
    {% set tables = [] %}
    {% for source_name, table_name, key, entity, amount in rows %}
        {% set row_keys = [] %}
        {% for column in key %}
            {% do row_keys.append("coalesce(cast(" ~ column ~ " as varchar), '')") %}
        {% endfor %}
        {% do tables.append({
            'source': source_name,
            'name': table_name,
            'key': key,
            'judged_in': 'base_' ~ source_name ~ '__' ~ entity,
            'kept_in': 'stg_' ~ source_name ~ '__' ~ entity,
            'row_key': row_keys | join(" || '|' || "),
            'amount': amount or 'null',
        }) %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}


{#
    The cells of a raw row (table: an item of raw_tables) in the types of the contract, as a list of expressions. Files
    may hold a number in another type, and DuckDB's hash is one of the digits: 5.00 has that of 500.
#}
{% macro raw_cells(table) %}
    {% set cells = [] %}
    {% for node in (graph.sources.values() if execute else []) if node.source_name == table.source and node.name == table.name %}
        {% for column in node.columns.values() %}
            {% do cells.append('cast(' ~ column.name ~ ' as ' ~ column.data_type ~ ')') %}
        {% endfor %}
    {% endfor %}
    {{ return(cells or ['_loaded_at']) }}
{% endmacro %}
