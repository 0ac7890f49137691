"""Loyalty analytics: the command line and the logic behind the dbt project's Python models."""
