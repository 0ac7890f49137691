# One row a member who ever bought and category with a model: how likely the member buys it within
# the horizon after the as-of date.
from koin_loyalty import propensity


def model(dbt, session):
    return propensity.score(
        dbt.ref("int_propensity__members"),
        dbt.ref("int_propensity__member_categories"),
        dbt.ref("int_propensity__categories"),
    )
