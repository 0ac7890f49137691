"""Simulated raw data of the group: a raw folder to build on, and its clean truth beside it."""

from koin_loyalty.sample.generate import SampleSummary, generate_sample

__all__ = ["SampleSummary", "generate_sample"]
