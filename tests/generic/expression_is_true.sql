{#-
    Fails on every row for which an expression is not true. Null is not true: an expression that may be
    null says so itself (`a is null or a > b`).

    Arguments: model; expression - a boolean SQL expression on the model's columns.
    Result: the rows for which it does not hold.
-#}
{% test expression_is_true(model, expression) %}

select *
from {{ model }}
where not coalesce({{ expression }}, false)

{% endtest %}
