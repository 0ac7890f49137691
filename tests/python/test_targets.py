"""What profiles.yml says of a target, as this package and as dbt read it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from engines import ROOT, Environment, create_database, dbt_environment, drop_database, run_dbt

from koin_loyalty import postgres
from koin_loyalty.targets import find_target

#: How the example had it before its values were quoted, and how a profile may have it.
PATHS = (
    "host={{ env_var('PGHOST') }} port={{ env_var('PGPORT') }} user={{ env_var('PGUSER') }}"
    " dbname={{ env_var('PGDATABASE') }}",
    "postgresql://{{ env_var('PGUSER') }}@{{ env_var('PGHOST') }}:{{ env_var('PGPORT') }}"
    "/{{ env_var('PGDATABASE') }}",
)


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A folder with the example's profile."""
    shutil.copyfile(ROOT / "profiles.example.yml", tmp_path / "profiles.yml")
    return tmp_path


@pytest.mark.parametrize("target", ["postgres", "duckdb_postgres"])
@pytest.mark.parametrize("odd", ["loyalty", "two words", "it's", "back\\slash", "a' host='b", ""])
def test_every_name_of_a_database_is_read_as_it_is(
    profiles: Path, monkeypatch: pytest.MonkeyPatch, target: str, odd: str
) -> None:
    expected = {"PGHOST": "/run/pg", "PGPORT": "5433", "PGUSER": f"{odd} u", "PGDATABASE": odd}
    for variable, value in expected.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    found = find_target(target, profiles=profiles).server
    assert {name: value for name, value in (found or {}).items() if value} == {
        name: value for name, value in expected.items() if value
    }


@pytest.mark.parametrize("path", PATHS)
def test_profiles_that_quote_nothing_are_read_as_before(
    profiles: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    text = (profiles / "profiles.yml").read_text()
    begin, end = text.index("path: >-"), text.index("          type: postgres\n          alias: wh")
    (profiles / "profiles.yml").write_text(f'{text[:begin]}path: "{path}"\n{text[end:]}')
    expected = {"PGHOST": "db", "PGPORT": "5433", "PGUSER": "etl", "PGDATABASE": "loyalty"}
    for variable, value in expected.items():
        monkeypatch.setenv(variable, value)
    assert find_target("duckdb_postgres", profiles=profiles).server == expected


def test_dbt_attaches_a_database_whose_name_has_a_blank(
    server: Environment, tmp_path: Path, database_name: Callable[[str], str]
) -> None:
    postgres.install_duckdb_extension()
    name = database_name("it's two words")
    settings = create_database(server, name)
    try:
        shown = run_dbt(
            *("show", "--output", "json", "--inline"),
            "from postgres_query('wh', 'select current_database() as name')",
            target="duckdb_postgres",
            env=dbt_environment(tmp_path, **settings),
        )
    finally:
        drop_database(server, name)
    assert f'"name": "{name}"' in shown.stdout
