{#-
    How much more often a member buys a category than members do, shrunk towards 1 as if the member had
    `affinity_prior_receipts` more receipts with the programme's share of the category:
    ((x + k p) / (n + k)) / p with p = c / m, in whole numbers (x m + k c) / ((n + k) c).

    Arguments: receipt_count - the member's receipts with the category (x); member_receipt_count - all of
        the member's (n); category_receipt_count - all members' receipts with the category (c);
        all_receipt_count - all members' receipts (m).
    Result: numeric(28,6); null when nobody bought the category.
    Example: x 3, n 10, c 100, m 1000, k 20: (3000 + 2000) / (30 * 100) -> 1.666667
-#}
{%- macro affinity_index(receipt_count, member_receipt_count, category_receipt_count, all_receipt_count) -%}
    {%- set k = var('affinity_prior_receipts') -%}
    {{ safe_divide(
        receipt_count ~ ' * ' ~ all_receipt_count ~ ' + ' ~ k ~ ' * ' ~ category_receipt_count,
        '(' ~ member_receipt_count ~ ' + ' ~ k ~ ') * ' ~ category_receipt_count
    ) }}
{%- endmacro -%}
