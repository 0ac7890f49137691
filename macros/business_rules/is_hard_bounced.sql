{#-
    Whether an address is known not to exist: a hard bounce since it was last updated.

    Arguments: hard_bounced_at - the latest hard bounce; address_updated_at - when the address was last
        changed, null = not known, then any hard bounce counts.
    Result: boolean, never null.
    Example: bounced 2025-02-01, address changed 2025-03-01 -> false
-#}
{%- macro is_hard_bounced(hard_bounced_at, address_updated_at) -%}
    ({{ hard_bounced_at }} is not null and coalesce({{ hard_bounced_at }} >= {{ address_updated_at }}, true))
{%- endmacro -%}
