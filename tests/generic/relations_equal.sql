{#-
    Fails on every row that one of two relations has more often than the other. Rows are compared as a
    whole, nulls are equal to each other, repeated rows count.

    Arguments: model; compare_model - the relation to compare with; columns - list of columns to compare.
    Result: the rows in excess, and found_in: `model` or `compare_model`.
-#}
{% test relations_equal(model, compare_model, columns) %}

with only_in_model as (
    select {{ columns | join(', ') }} from {{ model }}
    except all
    select {{ columns | join(', ') }} from {{ compare_model }}
),

only_in_compare_model as (
    select {{ columns | join(', ') }} from {{ compare_model }}
    except all
    select {{ columns | join(', ') }} from {{ model }}
)

select
    'model' as found_in,
    {{ columns | join(', ') }}
from only_in_model
union all
select
    'compare_model' as found_in,
    {{ columns | join(', ') }}
from only_in_compare_model

{% endtest %}
