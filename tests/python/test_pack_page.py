"""The page of the weekly pack in a real browser: drawn, readable, printable, alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
import pytest
from engines import Build
from packs import marts_of, need_programs, pack_of
from test_pack import HOSTILE, hostile

from koin_loyalty.pack import Pack
from koin_loyalty.pack.charts import charts_of, label
from koin_loyalty.pack.page import embedded_json, write_page
from koin_loyalty.pack.screenshots import BROWSERS, WIDTHS, browser, open_page, print_page

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver


@pytest.fixture(scope="module")
def pack(duckdb_build: Build) -> Pack:
    """The pack of AZKO and the last week."""
    return pack_of(duckdb_build)


@pytest.fixture(scope="module")
def page(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "pack.html"
    write_page(pack, path)
    return path


@pytest.fixture(scope="module")
def driver() -> Iterator[WebDriver]:
    need_programs(("chromedriver",), BROWSERS)
    with browser() as running:
        yield running


def charts(pack: Pack) -> int:
    return sum(len(charts_of(pack, report)) for report in pack.reports if report.in_page)


def requests_of(driver: WebDriver) -> list[str]:
    """Addresses that the browser asked for since it was asked last."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_page_is_whole(driver: WebDriver, page: Path, pack: Pack, width: int) -> None:
    driver.get_log("performance")
    driver.get_log("browser")
    open_page(driver, page, width)
    drawn = driver.execute_script(
        """
        return Array.from(document.querySelectorAll('.chart')).map(function (at) {
            var svg = at.querySelector('svg.main-svg');
            var marks = at.querySelectorAll('.trace path, .trace image, .hm image, .points path');
            return [at.id, svg ? svg.getBoundingClientRect().width : 0, marks.length,
                    at.getAttribute('role'), at.getAttribute('aria-label').length];
        })
        """
    )
    assert len(drawn) == charts(pack) >= 12
    assert driver.execute_script("return document.documentElement.dataset.drawn") == str(len(drawn))
    for chart_id, svg_width, marks, role, words in drawn:
        assert 200 < svg_width <= width, chart_id
        assert marks > 0, chart_id
        assert role == "img"
        assert words > 20
    wide, overflowing = driver.execute_script(
        """
        var wide = document.documentElement.scrollWidth;
        var inside = '.scroll *, .chart *, .skip';
        return [wide, Array.from(document.querySelectorAll('body *')).filter(function (element) {
            return element.getBoundingClientRect().right > window.innerWidth + 1
                && !element.matches(inside);
        }).map(function (element) { return element.outerHTML.slice(0, 80); })];
        """
    )
    assert wide <= width
    assert overflowing == []
    assert driver.get_log("browser") == []
    assert [url for url in requests_of(driver) if not url.startswith(("data:", "blob:"))] == [
        page.resolve().as_uri()
    ]


def test_page_is_accessible(driver: WebDriver, page: Path, pack: Pack) -> None:
    open_page(driver, page, 1440)
    found = driver.execute_script(
        """
        function all(what) { return Array.from(document.querySelectorAll(what)); }
        return {
            lang: document.documentElement.lang,
            title: document.title,
            headings: all('h1, h2, h3').map(function (h) { return Number(h.tagName[1]); }),
            tables: all('table').length,
            captions: all('table > caption').length,
            cells: all('th').length,
            scoped: all('th[scope=col], th[scope=row]').length,
            rows: all('tbody tr').length,
            named: all('tbody tr > th[scope=row]').length,
            regions: all('.scroll[tabindex="0"][aria-label]').length,
            scripts: all('script').length,
            outside: all('[src], link[rel=stylesheet], iframe, object, embed').length,
            dead: all('a').filter(function (a) {
                var href = a.getAttribute('href');
                return !href.startsWith('#') || !document.getElementById(href.slice(1));
            }).length
        };
        """
    )
    assert found["lang"] == "en"
    assert found["title"] == pack.title
    assert found["headings"][0] == 1
    assert found["headings"].count(1) == 1
    steps = zip(found["headings"], found["headings"][1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert found["tables"] == found["captions"] == found["regions"] >= 8
    assert found["cells"] == found["scoped"]
    assert found["rows"] == found["named"]
    assert found["scripts"] == 3
    assert found["outside"] == found["dead"] == 0


def table(driver: WebDriver, caption: str) -> list[list[str]]:
    """The body of the table of that caption, cell by cell, lines of a cell joined by a blank."""
    return driver.execute_script(
        """
        var caption = arguments[0];
        var found = Array.from(document.querySelectorAll('table')).find(function (table) {
            return table.caption.textContent === caption;
        });
        return Array.from(found.tBodies[0].rows).map(function (row) {
            return Array.from(row.cells).map(function (cell) {
                return cell.innerText.split(/\\s*\\n\\s*/).join(' ').trim();
            });
        });
        """,
        caption,
    )


def test_tables_show_the_marts(
    driver: WebDriver, page: Path, pack: Pack, duckdb_build: Build
) -> None:
    """Two tables of the page, written out here on their own."""
    open_page(driver, page, 1440)
    last = pack.scope.week_start
    with marts_of(duckdb_build) as marts:
        pay = marts.rows(
            "weekly_reports.weekly_pay_with_koin", "bu_code = 'AZKO' and week_start = $w", w=last
        )
        days = marts.rows(
            "weekly_reports.daily_koin_in_out",
            "bu_code = 'AZKO' and redemption_date between $first and $last",
            first=last - timedelta(weeks=3),
            last=last + timedelta(days=6),
        )

    def changed(row: dict[str, Any], name: str, figure: str) -> str:
        wow, status = row[f"{name}_wow"], row[f"{name}_wow_status"]
        words = {"first_week": "first week", "flat_zero": "still 0"}.get(
            status, status.replace("_", " ")
        )
        return f"{figure} {words if wow is None else f'{float(wow) * 100:+,.1f}%'}"

    shown = table(driver, f"Week {pack.scope.label}, by tier")
    order = ["SILVER", "GOLD", "PLATINUM", "UNKNOWN", "ALL"]
    pay.sort(key=lambda row: order.index(row["tier_code"]))
    assert [line[0] for line in shown] == ["Silver", "Gold", "Platinum", "Unknown", "All tiers"]
    for line, row in zip(shown, pay, strict=True):
        counts = [
            changed(row, "member_count", f"{row['member_count']:,}"),
            changed(row, "transaction_count", f"{row['transaction_count']:,}"),
            changed(row, "net_sales", f"Rp {row['net_sales']:,.0f}"),
            changed(row, "koin_redeemed", f"{row['koin_redeemed']:,}"),
        ]
        assert [cell.replace("+0.0%", "0.0%") for cell in line[1:5]] == [
            cell.replace("+0.0%", "0.0%") for cell in counts
        ]

    days.sort(key=lambda row: row["redemption_date"])
    names = (
        *("a_issued_here_redeemed_elsewhere", "b_issued_elsewhere_redeemed_here"),
        *("c_issued_and_redeemed_here", "d_issued_here", "net_in_out"),
    )
    assert table(driver, "Last 4 weeks, day by day") == [
        [row["redemption_date"].isoformat(), *(f"{row[name]:,}" for name in names)] for row in days
    ]


def test_page_prints(driver: WebDriver, page: Path, pack: Pack, tmp_path: Path) -> None:
    open_page(driver, page, 1440)
    print_page(driver, tmp_path / "page.pdf")
    printed = (tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 4 <= pages <= 30
    # Afterwards the window shows what it showed before.
    widest = driver.execute_script("return document.documentElement.scrollWidth")
    assert widest <= 1440


def test_hostile_texts_stay_texts_on_the_page(
    driver: WebDriver, pack: Pack, tmp_path: Path
) -> None:
    width = min(WIDTHS)
    path = tmp_path / "hostile.html"
    driver.get_log("browser")
    driver.get_log("performance")
    changed = hostile(pack)
    write_page(changed, path)
    open_page(driver, path, width)
    found = driver.execute_script(
        """
        function count(what) { return document.querySelectorAll(what).length; }
        return {
            pwned: typeof window.pwned,
            scripts: count('script'),
            images: count('img, iframe, object, embed, form'),
            handlers: count('[onerror], [onload], [onclick]'),
            links: Array.from(document.querySelectorAll('a')).filter(function (a) {
                var href = a.getAttribute('href') || a.getAttribute('xlink:href') || '';
                return href && !href.startsWith('#');
            }).length,
            bold: count('td b, th b, h1 b, svg b'),
            wide: document.documentElement.scrollWidth,
            heading: document.querySelector('h1').textContent,
            cells: Array.from(document.querySelectorAll('bdi')).map(function (cell) {
                return cell.textContent;
            })
        };
        """
    )
    assert found["pwned"] == "undefined"
    assert found["scripts"] == 3
    assert found["images"] == found["handlers"] == found["links"] == found["bold"] == 0
    assert found["wide"] <= width
    texts = {" ".join(text.split()) for text in found["cells"]}
    short = [" ".join(text.split()) for text in HOSTILE if len(text) < 70]
    assert sum(text in texts for text in short) >= len(short) - 2
    assert max(map(len, found["cells"])) <= 80
    assert driver.get_log("browser") == []
    assert [url for url in requests_of(driver) if not url.startswith(("data:", "blob:"))] == [
        path.resolve().as_uri()
    ]


def test_charts_are_what_plotly_knows(pack: Pack) -> None:
    for report in pack.reports:
        for chart in charts_of(pack, report):
            go.Figure(data=list(chart.data), layout=chart.layout)


def test_page_holds_plotly_once_and_asks_nobody(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("plotly.js v") == 1
    assert len(text) < 6_000_000
    own = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "http://" not in own
    assert "https://" not in own
    assert "script-src &#39;" not in own
    assert "default-src 'none'" in own


@pytest.mark.parametrize("text", HOSTILE)
def test_embedded_json_cannot_end_its_script(text: str) -> None:
    embedded = embedded_json([text])
    assert not set("<>&").intersection(embedded)
    assert json.loads(embedded) == [text]
    assert not set("<>").intersection(label(text))
    assert len(label(text)) <= 30 * 5
