{#-
    What a redemption is to the BU in focus, X: `issue_x` (X issued the koin, another BU redeemed them),
    `redeem_x` (another BU issued, X redeemed), `both_x`, or null when X has no part in it.
    ADJUSTMENT and UNATTRIBUTED are no BUs: whatever they issued, redeemed or focus on is null.

    Arguments: issue_bu_code, redeem_bu_code, focus_bu_code - BU codes in upper case.
    Result: text or null.
    Example: {{ koin_flow_flag("'TOYS'", "'AZKO'", "'AZKO'") }} -> 'redeem_azko'
-#}
{%- macro koin_flow_flag(issue_bu_code, redeem_bu_code, focus_bu_code) -%}
    case
        when {{ issue_bu_code }} in ('ADJUSTMENT', 'UNATTRIBUTED') or {{ redeem_bu_code }} in ('ADJUSTMENT', 'UNATTRIBUTED')
            then null
        when {{ issue_bu_code }} = {{ focus_bu_code }} and {{ redeem_bu_code }} = {{ focus_bu_code }}
            then 'both_' || {{ ascii_lower(focus_bu_code) }}
        when {{ issue_bu_code }} = {{ focus_bu_code }} and {{ redeem_bu_code }} <> {{ focus_bu_code }}
            then 'issue_' || {{ ascii_lower(focus_bu_code) }}
        when {{ issue_bu_code }} <> {{ focus_bu_code }} and {{ redeem_bu_code }} = {{ focus_bu_code }}
            then 'redeem_' || {{ ascii_lower(focus_bu_code) }}
    end
{%- endmacro -%}
