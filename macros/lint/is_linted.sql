{#
    Whether sqlfluff reads the project: it looks at what comes out of macros, for minutes where that is long
    and says one thing over and over. It sets the variable (.sqlfluff).

    Result: true or false, for Jinja.
#}
{% macro is_linted() %}
    {{ return(flags.WHICH == 'compile' and var('is_linted', false)) }}
{% endmacro %}
