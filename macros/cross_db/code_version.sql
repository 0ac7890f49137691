{#
    The version of the code that this command runs: `git describe` of a checkout, else the project's
    version. dbt knows neither, so the Python package says it.

    Engines differ: DuckDB calls a function of the profile's plugin; in PostgreSQL the session that holds
    the lock of builds bears it in its name (src/koin_loyalty/build_lock.py).

    code_fingerprint: what tells one state of the code from another, also between commits: a hash of its
    files, in hexadecimal digits.

    Arguments: none. Result: text; `unknown` where the package is not installed or the profile lacks it.
    Example: 0.1.0, or v0.1.0-12-gb4b3e11-dirty
#}
{% macro code_version() %}
    {{ return(adapter.dispatch('code_version', 'koin_loyalty')()) }}
{% endmacro %}

{% macro code_fingerprint() %}
    {{ return(adapter.dispatch('code_fingerprint', 'koin_loyalty')()) }}
{% endmacro %}

{% macro default__code_version() %}
    {{ return(part_of_lock_name('version')) }}
{% endmacro %}

{% macro default__code_fingerprint() %}
    {{ return(part_of_lock_name('code')) }}
{% endmacro %}

{% macro part_of_lock_name(word) %}
    {% set prefix = '' if target.schema in ('main', 'public') else target.schema %}
    {% set found = run_query(
        "select split_part(split_part(application_name, ', " ~ word ~ " ', 2), ',', 1) from pg_stat_activity"
        ~ " where pid in (select pid from pg_locks where locktype = 'advisory' and granted"
        ~ " and database = (select oid from pg_database where datname = current_database())"
        ~ " and classid = 1802463598 and objid = cast(hashtext('" ~ prefix ~ "') as oid))"
    ) %}
    {{ return((found[0][0] if found | length > 0) or 'unknown') }}
{% endmacro %}

{% macro duckdb__code_version() %}
    {% set found = run_query("select count(*) from duckdb_functions() where function_name = 'koin_code_version'") %}
    {{ return(run_query('select koin_code_version()')[0][0] if found[0][0] > 0 else 'unknown') }}
{% endmacro %}

{% macro duckdb__code_fingerprint() %}
    {% set found = run_query("select count(*) from duckdb_functions() where function_name = 'koin_code_fingerprint'") %}
    {{ return(run_query('select koin_code_fingerprint()')[0][0] if found[0][0] > 0 else 'unknown') }}
{% endmacro %}
