{#-
    Business unit of the place of a sale: that of the store, else that of the receipt. Questions about
    stores ask where something was bought, not who invoiced it.

    Arguments: site_bu_code, receipt_bu_code - clean codes, UNKNOWN where none is known.
    Result: business unit, UNKNOWN when neither is known.
    Example: {{ bu_of_place("'UNKNOWN'", "'AZKO'") }} -> AZKO
-#}
{%- macro bu_of_place(site_bu_code, receipt_bu_code) -%}
    case when {{ site_bu_code }} <> 'UNKNOWN' then {{ site_bu_code }} else {{ receipt_bu_code }} end
{%- endmacro -%}
