{#-
    Fails on every combination of columns that occurs more than once. Nulls are equal to each other.

    Arguments: model; columns - list of column names.
    Result: a row for each repeated combination: the columns and row_count.
-#}
{% test unique_combination(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
