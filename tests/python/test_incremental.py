"""A build that goes on from the last one makes what a build from nothing makes.

Sequences of loads are random (load_sequences.py): each stage is built on the one before, and the
last one from nothing as well. Every relation is compared as a multiset of rows, but what says what
was published when (models/marts/state).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from engines import Build, Environment, build_target, create_database, drop_database, run_dbt
from load_sequences import EVENTS, LoadSequence, load_sequence
from shared import LONG, Once

from koin_loyalty import load, postgres
from koin_loyalty.dbt_command import code_fingerprint
from koin_loyalty.sample.generate import generate_sample

pytestmark = pytest.mark.timeout(1800)

MODELS = ("--resource-type", "model", "seed")
#: Relations of one build, which say what it took from the one before.
OF_A_BUILD = ("stg_loads__", "int_touched__", "run_basis", "build_runs")
#: What was published before: figures by version, and what they say together.
STATE = (
    "kpi_versions",
    "weekly_kpi_publications",
    "weekly_kpi_restatements",
    "int_kpi_versions__published",
)
RANDOM_SEQUENCES = 20
EVERYTHING = tuple(sorted(EVENTS))

Built = tuple[LoadSequence, Build, Build]


def sample_of(once: Once, members: int, seed: int) -> Path:
    """A raw folder whose loads come in stages, made once in a run."""

    def make(folder: Path) -> Path:
        generate_sample(folder / "raw", members, 107, seed)
        return folder / "raw"

    return once(f"sample_of_loads_of_{members}", make)


@pytest.fixture(scope="module")
def sample(once: Once) -> Path:
    """Few members, of whom a stage touches most."""
    return sample_of(once, 120, 5)


@pytest.fixture(scope="module")
def larger_sample(once: Once) -> Path:
    """Members of whom a stage touches few: what a list leaves out by mistake is then kept."""
    return sample_of(once, 1_000, 6)


@contextmanager
def both(one: Build, other: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that reads the databases of two builds, as `one` and `other`."""
    with duckdb.connect() as db:
        for name, build in (("one", one), ("other", other)):
            if build.target == "duckdb":
                db.execute(f"attach '{build.env['LOYALTY_DUCKDB_PATH']}' as {name} (read_only)")
            else:
                address = postgres.connection_string(build.env).replace("'", "''")
                db.execute(f"attach '{address}' as {name} (type postgres, read_only)")
        yield db


def relations(db: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """What a build made that follows from raw data alone."""
    rows = db.execute(
        "select schema_name || '.' || table_name, table_name from duckdb_tables()"
        " where database_name = ? and schema_name not in"
        " ('cohesive', 'stamps', 'pg_catalog', 'information_schema')",
        [name],
    ).fetchall()
    return {
        full_name
        for full_name, table in rows
        if not table.startswith(OF_A_BUILD) and table not in STATE
    }


def differences(one: Build, other: Build) -> list[str]:
    """Relations of which two builds have other rows, with how many, and the first of them."""
    found = []
    with both(one, other) as db:
        names = relations(db, "one")
        assert names == relations(db, "other")
        assert len(names) > 150
        for name in sorted(names):
            for left, right in (("one", "other"), ("other", "one")):
                rows = db.execute(
                    f"from {left}.{name} except all from {right}.{name} order by all"
                ).fetchall()
                if rows:
                    found.append(f"{name}: {len(rows)} rows of {left} alone, as {rows[0]}")
    return found


def raw_variables(
    target: str, raw: Path, folder: Path, settings: Environment | None
) -> Environment:
    """Puts a raw folder where a build of a target reads it; the variables that say so."""
    if settings is None:
        return {"COHESIVE_RAW_PATH": str(raw)}
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**settings, "DBT_TARGET_PATH": str(folder / "load")}.items():
            patch.setenv(variable, value)
        load.load_raw(raw)
    return settings


def build_stages(
    target: str,
    sequence: LoadSequence,
    folder: Path,
    new_database: Callable[[str], Environment] | None = None,
) -> tuple[Build, Build]:
    """Builds each stage on the one before, and the last one from nothing as well."""
    settings = new_database("stages") if new_database else None
    for stage in range(sequence.stages):
        raw = sequence.write(stage, folder / f"raw_{stage}")
        variables = raw_variables(target, raw, folder, settings)
        on_the_last = build_target(target, folder / "on_the_last", arguments=MODELS, **variables)
        expected = "Goes on from the last build" if stage else "Builds from nothing"
        assert expected in on_the_last.log, on_the_last.log[:3000]
    settings = new_database("nothing") if new_database else None
    variables = raw_variables(target, raw, folder, settings)
    return on_the_last, build_target(target, folder / "nothing", arguments=MODELS, **variables)


def check(target: str, sequence: LoadSequence, builds: tuple[Build, Build]) -> None:
    """Fails with what differs, and with what happened."""
    found = differences(*builds)
    assert not found, f"{target}, seed {sequence.seed}, {sequence.log}\n" + "\n".join(found[:20])


@pytest.fixture
def new_database(
    server: Environment, database_name: Callable[[str], str], request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Environment]]:
    """Makes empty databases that go with the test."""
    names = []

    def make(purpose: str) -> Environment:
        names.append(database_name(f"incremental_{purpose}"))
        return create_database(server, names[-1])

    yield make
    for name in names:
        drop_database(server, name)


@pytest.fixture(scope="module")
def built(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Everything that can happen, in three stages on DuckDB."""
    sequence = load_sequence(sample, 1, 3, EVERYTHING)
    return sequence, *build_stages("duckdb", sequence, tmp_path_factory.mktemp("stages"))


def test_builds_on_the_last_equal_those_from_nothing(
    built: Built,
) -> None:
    sequence, on_the_last, from_nothing = built
    check("duckdb", sequence, (on_the_last, from_nothing))


def test_builds_on_the_last_equal_those_from_nothing_in_postgres(
    sample: Path, tmp_path: Path, new_database: Callable[[str], Environment]
) -> None:
    sequence = load_sequence(sample, 2, 2, EVERYTHING)
    check("postgres", sequence, build_stages("postgres", sequence, tmp_path, new_database))


@LONG
@pytest.mark.parametrize("seed", range(100, 100 + RANDOM_SEQUENCES))
def test_random_sequences(sample: Path, tmp_path: Path, seed: int) -> None:
    sequence = load_sequence(sample, seed, 4)
    check("duckdb", sequence, build_stages("duckdb", sequence, tmp_path))


@LONG
@pytest.mark.parametrize("seed", range(300, 300 + RANDOM_SEQUENCES // 4))
def test_random_sequences_of_many_members(larger_sample: Path, tmp_path: Path, seed: int) -> None:
    sequence = load_sequence(larger_sample, seed, 2)
    check("duckdb", sequence, build_stages("duckdb", sequence, tmp_path))


@LONG
@pytest.mark.parametrize("seed", range(200, 200 + RANDOM_SEQUENCES // 4))
def test_random_sequences_in_postgres(
    sample: Path, tmp_path: Path, seed: int, new_database: Callable[[str], Environment]
) -> None:
    sequence = load_sequence(sample, seed, 3)
    check("postgres", sequence, build_stages("postgres", sequence, tmp_path, new_database))


@LONG
@pytest.mark.parametrize("event", EVERYTHING)
def test_each_event(sample: Path, tmp_path: Path, event: str) -> None:
    """By itself, so that nothing else touches what it should."""
    sequence = load_sequence(sample, 3, 2, (event,))
    check("duckdb", sequence, build_stages("duckdb", sequence, tmp_path))


@LONG
def test_a_key_that_a_kept_row_has_is_found(sample: Path, tmp_path: Path) -> None:
    """Tests of what is new compare its keys with those of rows that are kept."""
    sequence = load_sequence(sample, 4, 2, ())
    with_tests = ("--exclude-resource-type", "unit_test")
    before, after = (sequence.write(stage, tmp_path / f"raw_{stage}") for stage in range(2))
    build = build_target(
        "duckdb", tmp_path, arguments=with_tests, **raw_variables("duckdb", before, tmp_path, None)
    )
    paid_before, paid_after = (
        f"'{raw}/cohesive/tbl_receipt_payment.parquet'" for raw in (before, after)
    )
    with duckdb.connect(build.env["LOYALTY_DUCKDB_PATH"]) as db:
        new_id = db.execute(
            f"select min(receive_payment_id) from {paid_after} where receive_payment_id not in"
            f" (select receive_payment_id from {paid_before} where receive_payment_id is not null)"
        ).fetchall()[0][0]
        db.execute(
            "insert into core.fct_receipt_payments"
            " select * replace ('no receipt' as receive_main_id, ? as receive_payment_id)"
            " from core.fct_receipt_payments limit 1",
            [new_id],
        )
    run = run_dbt(
        "build", *with_tests, target="duckdb", env={**build.env, "COHESIVE_RAW_PATH": str(after)}
    )
    assert "Goes on from the last build" in run.stdout
    expected = "FAIL 1 unique_fct_receipt_payments__receive_payment_id"
    assert expected in run.stdout, run.stdout[-6000:]


def test_only_what_loads_touched_is_computed(built: Built) -> None:
    """Else the comparison would say nothing: some receipts, koin facts and months of stores are
    listed, and some are not. Of members whose koin are touched, earlier entries are not listed."""
    _, on_the_last, from_nothing = built
    with both(on_the_last, from_nothing) as db:
        listed, receipts = db.execute(
            "select (select count(*) from one.intermediate.int_touched__receipts),"
            " (select count(*) from one.core.fct_receipts)"
        ).fetchall()[0]
        assert 0 < listed < receipts
        for table, listed_in, key in (
            ("core.fct_koin_entries", "int_touched__koin_facts", "koin_id"),
            (
                "intermediate.int_sales_recaps__site_skus",
                "int_touched__site_months",
                "site_code, month_start",
            ),
        ):
            of_list = f"({key}) in (select {key} from one.intermediate.{listed_in})"
            recomputed, kept = db.execute(
                f"select count(*) filter (where {of_list}), count(*) filter (where not {of_list})"
                f" from one.{table}"
            ).fetchall()[0]
            assert recomputed > 0, table
            assert kept > 0, table
        recomputed, earlier, kept = db.execute(
            "select count(listed.koin_id),"
            " count(*) filter (where listed.koin_id is null and entry_ts < touched_from),"
            " count(*) filter (where listed.koin_id is null)"
            " from one.core.fct_koin_entries as entries"
            " inner join one.intermediate.int_touched__ledgers using (cust_id)"
            " left join one.intermediate.int_touched__koin_entries as listed"
            " on entries.koin_id = listed.koin_id"
        ).fetchall()[0]
        assert recomputed > 0
        assert 0 < earlier == kept
        assert db.execute(
            "select count(*) from other.intermediate.int_touched__receipts"
        ).fetchall() == [(0,)]


def test_a_load_is_told_by_its_values_not_by_their_digits(sample: Path, tmp_path: Path) -> None:
    """An engine's hash may be that of a number's digits: 5.00 in cents is no 500."""
    shutil.copytree(sample, tmp_path / "cents")
    for file in (tmp_path / "cents" / "cohesive").rglob("tbl_receipt.parquet"):
        duckdb.execute(
            "copy (select * replace (cast(sales * 100 as bigint) as sales)"
            f" from '{sample / file.relative_to(tmp_path / 'cents')}') to '{file}'"
        )
    days = []
    for raw in (sample, tmp_path / "cents"):
        build = build_target(
            "duckdb",
            tmp_path / "build",
            arguments=("--select", "stg_loads__days"),
            COHESIVE_RAW_PATH=str(raw),
        )
        with duckdb.connect(build.env["LOYALTY_DUCKDB_PATH"]) as db:
            days.append(
                db.execute(
                    "select load_date, fingerprint from staging.stg_loads__days"
                    " where table_name = 'cohesive.tbl_receipt' order by all"
                ).fetchall()
            )
    in_rupiah, in_cents = days
    assert len(in_rupiah) == len(in_cents) > 0
    assert not set(in_rupiah) & set(in_cents)


def test_only_what_changes_what_is_kept_ends_the_basis(built: Built, tmp_path: Path) -> None:
    """A part without raw data leaves it; one that incremental models stand on does not."""
    build = built[1]
    shutil.copytree(build.folder, tmp_path, dirs_exist_ok=True)
    raw = {"COHESIVE_RAW_PATH": build.env["COHESIVE_RAW_PATH"]}

    def basis() -> list[tuple[int, bool | None]]:
        with duckdb.connect(str(tmp_path / "file.duckdb"), read_only=True) as db:
            return db.execute(
                "select count(*), bool_and(is_published) from staging.run_basis"
            ).fetchall()

    assert basis() == [(1, True)]
    part = build_target("duckdb", tmp_path, arguments=("--select", "dim_business_units"), **raw)
    assert "Builds from nothing: a part of the project" in part.log
    assert basis() == [(1, True)]
    build_target("duckdb", tmp_path, arguments=("--select", "stg_cohesive__sites"), **raw)
    assert basis() == [(0, None)]


def test_fingerprint_of_the_code_changes_with_models_seeds_and_package(tmp_path: Path) -> None:
    for name in ("models", "macros", "seeds/requests"):
        (tmp_path / name).mkdir(parents=True)
    files = ["dbt_project.yml", "models/a.sql", "macros/b.sql", "seeds/c.csv"]
    for name in files:
        (tmp_path / name).write_text("as it was")
    known = {code_fingerprint(tmp_path)}
    for name in files:
        (tmp_path / name).write_text("another")
        known.add(code_fingerprint(tmp_path))
    assert len(known) == len(files) + 1
    (tmp_path / "seeds/requests/segment_requests.csv").write_text("a request is no code")
    assert code_fingerprint(tmp_path) in known
