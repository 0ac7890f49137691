{#-
    The gates between a request and its audience in their fixed order, each with what the funnel says of
    the members whom it keeps out.

    Arguments: none. Result: a mapping of gate to words; the first keeps nobody out.
    Example: {% for gate, words in audience_gates().items() %} ... {{ loop.index }} ... {% endfor %}
-#}
{%- macro audience_gates() -%}
    {{ return({
        'matched': '',
        'full_registration': 'without full registration',
        'required_attributes': 'without the ids or a usable contact that the channel needs',
        'consent': 'without opt-in',
        'deliverable': 'whose contact bounced',
        'excluded_requests': 'in the audience of an excluded request',
        'competition': 'taken by a request that goes before',
        'frequency_cap': 'who had enough messages',
        'one_per_contact': 'who share their contact with a better ranked member',
        'rank': '',
    }) }}
{%- endmacro -%}
