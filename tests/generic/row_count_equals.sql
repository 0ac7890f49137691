{#-
    Fails when the model has not as many rows as another one: a join that multiplies or loses rows.

    Arguments: model; compare_model - the relation to compare with.
    Result: one row with both counts, or none.
-#}
{% test row_count_equals(model, compare_model) %}

with counted as (
    select count(*) as row_count from {{ model }}
),

compared as (
    select count(*) as row_count from {{ compare_model }}
)

select
    counted.row_count,
    compared.row_count as compare_row_count
from counted
cross join compared
where counted.row_count <> compared.row_count

{% endtest %}
