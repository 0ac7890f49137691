{#-
    The columns of the seed segment_requests in order, each with its kind: how a cell is cleaned, typed
    and checked (see request_cell and request_value).

    Kinds: `name` free text; `code` upper case; `word` lower case; `names`, `codes`, `words` lists of
    them; `date`; `count` a whole number to 99,999; `amount` a whole number of up to 15 digits; `percent`;
    `flag` yes or no; `mark` yes or empty; `period`; `floors` a number, or tiers with one each.

    Arguments: none.
    Result: list of mappings with name and kind; for sqlfluff one column of each kind.
    Example: request_columns() | selectattr('kind', 'equalto', 'date') | map(attribute='name')
-#}
{%- macro request_columns() -%}
    {%- set kinds = {
        'request_id': 'name', 'campaign_code': 'code', 'campaign_name': 'name', 'bu_code': 'code',
        'segment_name': 'name', 'purpose': 'name', 'channel': 'code', 'method': 'word',
        'data_as_of': 'date', 'send_starts_on': 'date', 'send_ends_on': 'date',
        'priority': 'count', 'status': 'word',
        'max_members': 'amount', 'holdout_pct': 'percent', 'order_by': 'word',
        'split_by': 'word', 'allow_empty': 'flag',
        'transacted_bu': 'codes', 'transacted_period': 'period', 'transacted_site': 'codes',
        'transacted_site_type': 'words', 'transacted_channel': 'words',
        'transacted_fulfilment': 'words',
        'bought_category': 'names', 'bought_brand': 'names', 'bought_sku': 'names',
        'payment_partner': 'codes',
        'min_transactions': 'count', 'min_spend': 'amount', 'lapsed_days': 'count',
        'domicile_area': 'names', 'preferred_site': 'codes', 'preferred_city': 'names',
        'tier': 'codes', 'min_koin': 'floors', 'max_koin': 'amount', 'koin_expiring_days': 'count',
        'gender': 'codes', 'gender_split': 'word',
        'age_min': 'count', 'age_max': 'count', 'child_age_min': 'count', 'child_age_max': 'count',
        'activation': 'words', 'registration': 'words', 'active': 'mark',
        'rfm_segment': 'codes', 'lifecycle': 'words', 'value_segment': 'codes', 'season': 'codes',
        'propensity_category': 'names', 'propensity_top_pct': 'percent',
        'unredeemed_voucher_program': 'codes', 'voucher_issued_from': 'date',
        'voucher_issued_to': 'date', 'exclude_requests': 'names',
    } -%}
    {%- set columns = [] -%}
    {%- for name, kind in kinds.items() -%}
        {%- do columns.append({'name': name, 'kind': kind}) -%}
    {%- endfor -%}
    {{ return(columns | unique(attribute='kind') | list if is_linted() else columns) }}
{%- endmacro -%}
