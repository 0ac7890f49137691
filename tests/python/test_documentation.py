"""The documentation is true: its queries run, analysts get answers, make docs writes pages."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from engines import ROOT, Build, dbt_environment

SQL_BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def documented_queries(file: str) -> list[str]:
    """The queries of the SQL blocks of a document, without what only psql or a role can run."""
    statements = [
        statement.strip()
        for block in SQL_BLOCK.findall((ROOT / file).read_text())
        for statement in block.split(";")
    ]
    without_comments = [re.sub(r"^--.*\n?", "", one, flags=re.MULTILINE) for one in statements]
    return [one for one in without_comments if re.match(r"\s*(select|with)\b", one)]


@pytest.mark.parametrize(("file", "at_least"), [("README.md", 5), ("docs/concepts.md", 3)])
def test_documented_queries_have_answers(
    file: str, at_least: int, built_sample: duckdb.DuckDBPyConnection
) -> None:
    queries = documented_queries(file)
    assert len(queries) >= at_least
    empty = [
        query
        for query in queries
        if not built_sample.execute(query).fetchall() and "restatements" not in query
    ]
    assert empty == []


def test_concepts_are_the_first_page_of_the_docs() -> None:
    overview = (ROOT / "models" / "docs" / "overview.md").read_text()
    block = re.fullmatch(
        r"\{% docs __overview__ %\}\n(.*)\{% enddocs %\}\n", overview, flags=re.DOTALL
    )
    assert block is not None
    assert block[1] == (ROOT / "docs" / "concepts.md").read_text()


def test_concepts_name_tables_that_exist(built_sample: duckdb.DuckDBPyConnection) -> None:
    built = {
        f"{schema}.{name}"
        for schema, name in built_sample.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    }
    for file in ("docs/concepts.md", "docs/bi.md"):
        text = (ROOT / file).read_text()
        named = re.findall(r"`((?:core|weekly_reports|segments|quality)\.[a-z_]+)`", text)
        assert named
        assert [name for name in named if name not in built] == [], file


def test_an_analyst_answers_three_questions(built_sample_file: Path) -> None:
    """Opens the file as README says and asks the tables that README names; each answer is compared
    with what an analyst would work out from the facts."""
    with duckdb.connect(str(built_sample_file), read_only=True) as db:
        # How much do members pay with koin, and what share of the business is that?
        paid, share, bu_sales = db.execute(
            """
            select koin_redeemed, share_of_bu_sales, bu_net_sales
            from weekly_reports.weekly_pay_with_koin
            where bu_code = 'AZKO' and tier_code = 'ALL' and week_start = date '2025-10-06'
            """
        ).fetchall()[0]
        assert paid > 0
        assert 0 < share < 1
        sales = db.execute(
            """
            select sum(sales) from core.fct_receipts
            where bu_code = 'AZKO' and counts_in_net_sales
                and business_date between date '2025-10-06' and date '2025-10-12'
            """
        ).fetchall()[0][0]
        assert sales == bu_sales

        # Do koin come to a business unit or leave it?
        a, b, net = db.execute(
            """
            select a_issued_here_redeemed_elsewhere, b_issued_elsewhere_redeemed_here, net_in_out
            from weekly_reports.weekly_koin_in_out
            where bu_code = 'AZKO' and week_start = date '2025-10-06'
            """
        ).fetchall()[0]
        flows = dict(
            db.execute(
                """
                select case when issue_bu_code = 'AZKO' then 'out' else 'in' end, sum(koin)
                from weekly_reports.weekly_koin_flow_matrix
                where week_start = date '2025-10-06' and issue_bu_code <> redeem_bu_code
                    and 'AZKO' in (issue_bu_code, redeem_bu_code) and redeem_bu_code <> 'ODI'
                    and issue_bu_code not in ('ADJUSTMENT', 'UNATTRIBUTED', 'ALL')
                    and redeem_bu_code <> 'ALL'
                group by all
                """
            ).fetchall()
        )
        assert (a, b) == (flows["out"], flows["in"])
        assert net == b - a

        # Who are the heavy spenders? The greatest of them, worked out from the receipts.
        cust_id, net_sales = db.execute(
            """
            select cust_id, net_sales_l1y from segments.member_profile
            where value_segment = 'HEAVY' order by net_sales_l1y desc, cust_id limit 1
            """
        ).fetchall()[0]
        bought = db.execute(
            """
            select sum(sales) from core.fct_receipts
            where cust_id = ? and counts_in_net_sales and not is_pre_cohesive
                and business_date > (select max(business_date) from core.fct_receipts) - 365
            """,
            [cust_id],
        ).fetchall()[0][0]
        assert net_sales == bought > 0

        with pytest.raises(duckdb.Error, match="read-only"):
            db.execute("delete from core.dim_sites")


@pytest.mark.timeout(300)
def test_make_docs_writes_both_pages(duckdb_build: Build, tmp_path: Path) -> None:
    built = Path(duckdb_build.env["LOYALTY_DUCKDB_PATH"])
    shutil.copyfile(built, tmp_path / built.name)
    env = dbt_environment(tmp_path, LOYALTY_DUCKDB_PATH=str(tmp_path / built.name))
    script = (
        "from pathlib import Path; import sys;"
        "from koin_loyalty.documentation import write_docs;"
        "write_docs(Path.cwd(), Path(sys.argv[1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "docs")],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert "Not traced" not in run.stdout
    page = (tmp_path / "docs" / "index.html").read_text()
    lineage = (tmp_path / "docs" / "lineage.html").read_text()
    encoded = re.search(r'colibriData = JSON\.parse\(atob\("([^"]+)"', lineage)
    assert encoded is not None
    traced = base64.b64decode(encoded[1]).decode()
    assert "What the tables of koin_loyalty mean" in page
    for relation in duckdb_build.relations:
        if relation.is_mart:
            assert relation.name in page
            assert relation.name in traced
    # Nothing is fetched, and nobody counts who reads.
    for text in (page, lineage):
        assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?://", text) == []
    assert "colibriTelemetry = false" in lineage
