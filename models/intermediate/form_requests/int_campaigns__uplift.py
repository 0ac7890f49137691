# One row a campaign and metric that has a figure: target against control, with its uncertainty.
from koin_loyalty import uplift


def model(dbt, session):
    return uplift.evaluate(dbt.ref("int_campaigns__uplift_sums"))
