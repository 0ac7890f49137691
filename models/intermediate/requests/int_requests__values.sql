-- One row a value that a list of a request names: request, column and value. What names a category,
-- brand or city has the spelling of the products and stores, in whatever case it was written.

with cells as (
    select * from {{ ref('int_requests__cells') }}
    where kind in ('names', 'codes', 'words')
),

spellings as (
    {% for column_name, relation, attribute in [
        ('bought_category', 'dim_products', 'category'),
        ('propensity_category', 'dim_products', 'category'),
        ('bought_brand', 'dim_products', 'brand'),
        ('preferred_city', 'dim_sites', 'city'),
    ] -%}
        select
            '{{ column_name }}' as column_name,
            {{ attribute }} as spelling
        from {{ ref(relation) }}
        where is_known
        group by {{ attribute }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

split_values as (
    select
        cells.request_id,
        cells.status,
        cells.column_name,
        cast(items.item as varchar) as list_value
    from cells
    {{ split_to_rows('cells.cell', '|', 'items', 'item') }}
)

select
    split_values.request_id,
    split_values.status,
    split_values.column_name,
    coalesce(spellings.spelling, split_values.list_value) as list_value
from split_values
left join spellings
    on
        split_values.column_name = spellings.column_name
        and {{ spelling_key('split_values.list_value') }}
        = {{ spelling_key('spellings.spelling') }}
