"""Requests, criteria and gates in plain Python, written from the specification alone (4.2, 4.3).

`requests` reads the seed, `criteria` says who matches, `gates` decides about those who match,
`invariants` checks decisions whoever made them, `random_sets` makes sets of requests and candidates
for both implementations, `built` reads what a build left in DuckDB.
"""
