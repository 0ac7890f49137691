-- One row an approved request that these data cannot answer, and why. It is not built; the build
-- goes on. A request may be ahead of the data, or be written for other stores and products
-- altogether, several of them; one unknown store among known ones, or alone, is a mistake.
{% set catalogues = catalogue_columns() -%}

with requests as (
    select * from {{ ref('int_requests__typed') }}
    where status = 'approved'
),

request_values as (
    select * from {{ ref('int_requests__values') }}
    where status = 'approved'
),

allowed_values as (
    select * from {{ ref('int_requests__allowed_values') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

named_values as (
    select
        request_values.request_id,
        case
            {% for catalogue, columns in catalogues.items() -%}
                {% for column in columns -%}
                    when request_values.column_name = '{{ column }}' then '{{ catalogue }}'
                {% endfor -%}
            {% endfor -%}
        end as catalogue,
        allowed_values.allowed_value is not null as is_known
    from request_values
    left join allowed_values
        on
            request_values.column_name = allowed_values.column_name
            and request_values.list_value = allowed_values.allowed_value
),

unknown_catalogues as (
    select catalogue
    from named_values
    where catalogue is not null
    group by catalogue
    having
        max(case when is_known then 1 else 0 end) = 0
        and count(distinct request_id) > 1
),

foreign_requests as (
    select
        named_values.request_id,
        min(named_values.catalogue) as catalogue
    from named_values
    inner join unknown_catalogues
        on named_values.catalogue = unknown_catalogues.catalogue
    group by named_values.request_id
)

select
    requests.request_id,
    case
        when requests.data_as_of > run.as_of_date
            then
                'data_as_of is after the last business date of the data, '
                || cast(run.as_of_date as varchar)
        else 'the data know none of the ' || foreign_requests.catalogue || ' that requests name'
    end as reason
from requests
cross join run
left join foreign_requests
    on requests.request_id = foreign_requests.request_id
where
    requests.data_as_of > run.as_of_date
    or foreign_requests.request_id is not null
