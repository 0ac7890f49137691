# One row a category with a model and decile of its members (and ALL): what a model fitted one
# horizon before foresaw, and what came.
from koin_loyalty import propensity


def model(dbt, session):
    return propensity.judge(
        dbt.ref("int_propensity__members"),
        dbt.ref("int_propensity__member_categories"),
        dbt.ref("int_propensity__categories"),
    )
