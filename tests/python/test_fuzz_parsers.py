"""Everything that people type, against properties and plain Python: phone numbers, e-mail
addresses, cells of requests, tier spellings, cells of CSV files. No text makes an engine fail, none
becomes a value that was not typed, and DuckDB and PostgreSQL say the same.

Hypothesis writes the texts; all of a kind go through one query of the project's own macros.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from engines import ROOT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from macros_on_engines import Engines, Macros

from koin_loyalty import channel_files

EXAMPLES = 600
FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}
BLANKS = (
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
WHITE_SPACE = "\t\n\v\f\r " + BLANKS
STATUSES = {
    "ok",
    "missing",
    "scientific_notation",
    "not_a_number",
    "foreign",
    "fixed_line",
    "not_mobile",
    "wrong_length",
    "dummy",
}
#: Anything that a database can hold: no NUL, which PostgreSQL refuses, and no half characters.
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def texts_of(strategy: st.SearchStrategy[Any], *known: Any) -> list[Any]:
    """Different values of a strategy, the same in every run, and those given."""
    found: dict[Any, None] = dict.fromkeys(known)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def gather(value: Any) -> None:
        found.setdefault(value)

    gather()
    return list(found)


def clean_name(text: str) -> str:
    """A cell of a request or a spelling: no zero-width characters, single blanks."""
    visible = text.translate(dict.fromkeys(map(ord, ZERO_WIDTH)))
    return re.sub(f"[{WHITE_SPACE}]+", " ", visible).strip(" ")


def ascii_lower(text: str) -> str:
    """The letters A-Z in lower case."""
    return re.sub("[A-Z]", lambda found: found[0].lower(), text)


def ascii_upper(text: str) -> str:
    """The letters a-z in upper case."""
    return re.sub("[a-z]", lambda found: found[0].upper(), text)


#: What follows the prefix: mostly an Indonesian mobile number, sometimes anything.
SUBSCRIBERS = st.one_of(
    *[st.from_regex(r"8[1-35-9][0-9]{7,10}", fullmatch=True)] * 3,
    st.from_regex(r"(80|84|21|1|)[0-9]{4,13}", fullmatch=True),
)
PREFIXES = st.sampled_from(["0", "62", "+62", "0062", "", "+62 (0)", "+620", "6262", "+65", "6"])
SEPARATORS = st.sampled_from(["", "", "-", " ", ".", " - ", "\u2011", "\u00a0", ")", "/", "\u200b"])
ENDS = st.sampled_from(
    ["", "", "", ".0", ",00", "e9", "E+11", "a", " / 0812345678", "\n", "\u202c", "'", ";"]
)


def written(prefix: str, number: str, separator: str, end: str, is_wide: bool) -> str:
    """A phone number as somebody may type it, right or wrong."""
    text = prefix + separator.join((number[:3], number[3:7], number[7:]))
    return (text.translate(WIDE) if is_wide else text) + end


WIDE = {ord(digit): chr(code) for code, digit in FULL_WIDTH.items()}
PHONES = st.builds(written, PREFIXES, SUBSCRIBERS, SEPARATORS, ENDS, st.booleans())
PHONE_SIGNS = "0123456789+-()/.,;|&eEa '\"=\u00a0\u200b\u202e\uff10\uff18\u0668\n\t"


def test_phone_numbers(engines: Engines) -> None:
    texts = texts_of(
        st.one_of(PHONES, PHONES, st.text(PHONE_SIGNS, max_size=40), ANY_TEXT), "", "9" * 10_000
    )
    query = """
        with {{ wa_phone_steps('inputs', ['a'], 'a') }}
        select a, wa_phone, phone_status, has_several_numbers, phone_normalised
        from phone_result order by a
    """
    answers = engines.ask([(text,) for text in texts], query)
    assert len(answers) == len(texts)
    usable = set()
    for text, phone, status, _, normalised in answers:
        assert status in STATUSES
        assert (status == "ok") is (phone is not None), text
        assert (status in ("ok", "dummy")) is (normalised is not None), text
        if normalised is not None:
            assert re.fullmatch("628[0-9]{8,11}", normalised), text
            typed = re.sub("[^0-9]", "", text.translate(FULL_WIDTH))
            assert normalised[2:] in typed, text
        if phone is not None:
            assert phone == normalised
            usable.add(phone)
    assert len(usable) >= 50
    again = engines.ask([(phone,) for phone in sorted(usable)], query)
    assert [(row[1], row[2], row[3]) for row in again] == [(row[0], "ok", False) for row in again]


ATOM = "[a-z0-9_%+'&!#$*/=?^`{}~-]+"
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#: None that a spreadsheet takes for a formula, or for its disguise.
FIRST = "[a-z0-9_%&!#$*/?^`{}~]"
ADDRESS = re.compile(
    rf"(?={FIRST}){ATOM}(\.{ATOM})*@({LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]", re.ASCII
)
EMAIL_SIGNS = "abcABZ019.@._-+' \u00e9\u0130\u212a\u200b\n%"


def test_email_addresses(engines: Engines) -> None:
    emails = st.one_of(
        st.emails(),
        st.emails().map(lambda email: f" {email.upper()}\u200b\n"),
        st.text(EMAIL_SIGNS, max_size=30),
        st.tuples(st.text(EMAIL_SIGNS, max_size=8), st.text(EMAIL_SIGNS, max_size=12)).map(
            "@".join
        ),
        ANY_TEXT,
    )
    texts = texts_of(emails, "", "a" * 65 + "@example.com", "a@" + "b" * 64 + ".com")
    query = "select a, {{ valid_email_or_null('a') }} from inputs order by a"
    answers = engines.ask([(text,) for text in texts], query)
    valid = set()
    for text, email in answers:
        cleaned = ascii_lower(text).strip(WHITE_SPACE + ZERO_WIDTH)
        is_valid = (
            ADDRESS.fullmatch(cleaned) is not None
            and len(cleaned) <= 254
            and len(cleaned.split("@")[0]) <= 64
        )
        assert email == (cleaned if is_valid else None), repr(text)
        valid |= {email} - {None}
    assert len(valid) >= 50
    again = engines.ask([(email,) for email in sorted(valid)], query)
    assert [row[0] for row in again] == [row[1] for row in again]


ID_SIGNS = "abcZ019-_.=+@;,\"'/ \t\u200b\uff21\n"


def test_ids_of_members(engines: Engines) -> None:
    """Usable is what the delivery of a file takes."""
    ids = st.one_of(st.text("RAZ019-_./", max_size=12), st.text(ID_SIGNS, max_size=12), ANY_TEXT)
    texts = texts_of(ids, "", "RRR-0012", "A1;=B2", 'A1,"@x', "A1|=x")
    query = "select a, {{ is_usable_id('a') }} from inputs order by a"
    usable = 0
    for text, is_usable in engines.ask([(text,) for text in texts], query):
        is_deliverable = (
            re.fullmatch(channel_files.PATTERNS["member_id"], text) is not None
            and re.search(channel_files.LIKE_A_FORMULA, text) is None
        )
        assert is_usable == is_deliverable, repr(text)
        usable += is_usable
    assert 50 <= usable < len(texts)


def is_day(text: str) -> bool:
    """A real day of 2000 to 2099."""
    try:
        return bool(re.fullmatch("20[0-9]{2}-[0-9]{2}-[0-9]{2}", text)) and bool(
            date.fromisoformat(text)
        )
    except ValueError:
        return False


def is_period(text: str) -> bool:
    """A name of a period, or two days."""
    first, dots, last = text.partition("..")
    return text in ("L12M", "L1Y", "since_cohesive", "ever") or (
        bool(dots) and is_day(first) and is_day(last)
    )


#: How a cell of each kind is read by plain Python: the value, or None.
READ: dict[str, Callable[[str], Any]] = {
    "count": lambda cell: int(cell) if re.fullmatch("[0-9]{1,5}", cell) else None,
    "amount": lambda cell: int(cell) if re.fullmatch("[0-9]{1,15}", cell) else None,
    "percent": lambda cell: (
        Decimal(cell) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,4})?|100(\.0{1,4})?", cell) else None
    ),
    "date": lambda cell: date.fromisoformat(cell) if is_day(cell) else None,
    "flag": lambda cell: cell == "yes",
    "mark": lambda cell: cell == "yes",
}
IS_VALUE: dict[str, Callable[[str], bool]] = {
    **{kind: (lambda cell, read=READ[kind]: read(cell) is not None) for kind in list(READ)[:4]},
    "flag": lambda cell: cell in ("yes", "no"),
    "mark": lambda cell: cell == "yes",
    "period": is_period,
    "floors": lambda cell: bool(
        re.fullmatch(r"[0-9]{1,15}|[A-Z_]+:[0-9]{1,15}(\|[A-Z_]+:[0-9]{1,15})*", cell)
    ),
}


def cleaned_cell(text: str, kind: str) -> str:
    """A cell as request_cell says it."""
    cell = clean_name(text)
    if kind in ("codes", "floors"):
        cell = ascii_upper(cell)
    elif kind != "names":
        cell = ascii_lower(cell)
    if kind in ("codes", "words", "names", "floors"):
        cell = re.sub(r" *\| *", "|", cell)
    if kind == "floors":
        cell = re.sub(" *: *", ":", cell)
    if kind == "period":
        cell = re.sub(r" *\.\. *", "..", cell).replace("l12m", "L12M").replace("l1y", "L1Y")
    return cell


DAYS = st.one_of(
    st.dates().map(str),
    st.builds(
        "{:04d}-{:02d}-{:02d}".format,
        st.integers(1999, 2101),
        st.integers(0, 13),
        st.integers(0, 32),
    ),
    st.text("0123456789-/. ", max_size=10),
)
NUMERALS = st.one_of(
    st.integers(-10, 10**17).map(str),
    st.integers(0, 10**9).map("{:,}".format),
    st.integers(0, 10**9).map(lambda number: f"{number:,}".replace(",", ".")),
    st.floats(0, 1e18).map(str),
    st.text("0123456789.,eE+-_%xRpjtrb \u00a0\u200b\uff19\u0669\n", max_size=12),
)
WORDS = st.one_of(
    st.sampled_from(["yes", "YES ", "no", "y", "true", "L12M", "l1y", "ever", "since_cohesive"]),
    st.lists(
        st.tuples(st.sampled_from(["gold", "SILVER ", "x;", ""]), NUMERALS).map(" : ".join),
        max_size=3,
    ).map(" | ".join),
    st.tuples(DAYS, st.sampled_from(["..", " .. ", "...", "-"]), DAYS).map("".join),
)


@pytest.fixture(scope="module")
def cells() -> list[str]:
    """Cells of requests, of all kinds: each kind reads those of the others too."""
    return texts_of(
        st.one_of(NUMERALS, DAYS, WORDS, ANY_TEXT),
        *("9.900", "9,900", " 9900 ", "9900\n", "0009", "\uff19\uff19", "1e3", "0x10", "9_900", ""),
        *("100", "100.0", "100.01", "2024-02-29", "2023-02-29", "2100-02-29", "0" * 10_000),
        *("yes", "YES ", "no", "L12M", "l1y", "2024-01-31 .. 2023-01-01", "gold : 5 | SILVER:9"),
    )


@pytest.mark.parametrize("kind", list(IS_VALUE))
def test_cells_of_requests(engines: Engines, cells: list[str], kind: str) -> None:
    value = "request_value(cell, kind)" if kind in READ else "cell"
    query = f"""
        {{%- set kind = '{kind}' -%}}{{%- set cell = request_cell('a', kind) -%}}
        select a, {{{{ cell }}}}, {{{{ is_request_value(cell, kind) }}}}, {{{{ {value} }}}}
        from inputs order by a
    """
    answers = engines.ask([(text,) for text in cells], query)
    values = 0
    for text, cell, is_value, found in answers:
        expected = cleaned_cell(text, kind) or None
        assert cell == expected, repr(text)
        if expected is None:
            assert is_value is None
            assert found == (False if kind in ("flag", "mark") else None)
            continue
        assert is_value is IS_VALUE[kind](expected), repr(text)
        assert found == (READ[kind](expected) if kind in READ else expected), repr(text)
        values += is_value
    assert values >= 2 or kind == "mark"


@pytest.fixture(scope="module")
def listed() -> list[tuple[str, str]]:
    """Lists of a request, each with a value that may be in it."""
    part = st.one_of(st.text("aB %_.^$*[](){}\\'\";", max_size=5), ANY_TEXT).map(
        lambda text: text.replace("|", "")
    )
    lists = st.lists(part, min_size=1, max_size=4)
    return texts_of(
        st.tuples(lists, part).flatmap(
            lambda pair: st.tuples(
                st.just(" | ".join(pair[0])), st.sampled_from([*pair[0], pair[1]])
            )
        )
    )


@pytest.mark.parametrize("kind", ["names", "codes", "words"])
def test_lists_of_requests(engines: Engines, listed: list[tuple[str, str]], kind: str) -> None:
    query = f"""
        {{%- set cell = request_cell('a', '{kind}') -%}}
        select a, b, {{{{ cell }}}}, {{{{ in_list('b', cell) }}}} from inputs order by a, b
    """
    hits = 0
    for text, value, cell, is_in in engines.ask(listed, query):
        expected = cleaned_cell(text, kind) or None
        assert cell == expected, repr(text)
        assert is_in is (expected is None or value in expected.split("|")), (text, value)
        hits += expected is not None and is_in
    assert hits >= 30


def test_tier_spellings(engines: Engines) -> None:
    with (ROOT / "seeds" / "reference" / "tier_aliases.csv").open(encoding="utf-8") as file:
        aliases = {row["alias"]: row["tier_code"] for row in csv.DictReader(file)}
    spelled = st.tuples(
        st.sampled_from(sorted(aliases)),
        st.sampled_from(["", " ", "\u00a0", "\u200b", "  \t", "x", "'", "\u202e"]),
        st.booleans(),
    ).map(lambda parts: parts[1] + (parts[0].upper() if parts[2] else parts[0]) + parts[1])
    texts = texts_of(st.one_of(spelled, st.text("goldsivermptnu -_.", max_size=8), ANY_TEXT), "")
    known = ", ".join(
        "('" + "', '".join(cell.replace("'", "''") for cell in pair) + "')"
        for pair in aliases.items()
    )
    query = f"""
        with aliases (alias, tier_code) as (values {known})
        select inputs.a, {{{{ normalise_tier('aliases.tier_code') }}}} from inputs
        left join aliases on {{{{ spelling_key('inputs.a') }}}} = aliases.alias order by inputs.a
    """
    for text, tier in engines.ask([(text,) for text in texts], query):
        assert tier == aliases.get(clean_name(ascii_lower(text)), "UNKNOWN"), repr(text)


def decimal_cell(text: str) -> Decimal | None:
    """A cell of a numeric(18,2) column."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]{1,2})?", text):
        return None
    return Decimal(text) if abs(Decimal(text)) < 10**16 else None


def integer_cell(text: str) -> int | None:
    """A cell of an integer column."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.0+)?", text):
        return None
    number = int(text.split(".")[0])
    return number if -(2**31) <= number < 2**31 else None


def date_cell(text: str) -> date | None:
    """A cell of a date column; a time of day may follow."""
    time = r"([ T](?P<h>[0-9]{2}):(?P<m>[0-9]{2})(:(?P<s>[0-9]{2})(\.[0-9]{1,6})?)?)?"
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})" + time, text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


@pytest.fixture(scope="module")
def csv_cells() -> list[str]:
    """Cells of CSV files."""
    return texts_of(
        st.one_of(NUMERALS, DAYS, ANY_TEXT),
        *("9.900", "9,900", "12.50", " 12 ", "+5", "5.", ".5", "1e3", "NaN", "inf", "0x10", "12.0"),
        *("2024-02-30", "2024-02-29", "9" * 40, "1_000", "\u0661", "2024-01-05 10:00", "-0"),
        *(
            "\t",
            "\u200b",
            "12.50\t",
            "\u200b2024-02-29",
            "\u00a07\r",
            "\ufeff-1\n",
            "1\t2",
            "\u16809",
        ),
    )


@pytest.mark.parametrize(
    ("data_type", "read"),
    [("numeric(18,2)", decimal_cell), ("integer", integer_cell), ("date", date_cell)],
)
def test_cells_of_csv_files(
    csv_cells: list[str], data_type: str, read: Callable[[str], Any]
) -> None:
    """On DuckDB alone: it reads the files of every target."""
    column = {"name": "cell", "data_type": data_type}
    query = Macros("duckdb").render(
        "select cell, {{ typed_cell(column) }}, {{ unparseable_cell(column) }} from cells",
        column=column,
    )
    with duckdb.connect() as db:
        db.execute("create table cells as select unnest($texts) as cell", {"texts": csv_cells})
        answers = db.execute(query).fetchall()
    for text, found, is_unparseable in answers:
        cell = text.strip(WHITE_SPACE + ZERO_WIDTH)
        expected = read(cell)
        assert found == expected, repr(text)
        assert is_unparseable is (cell != "" and expected is None), repr(text)
    assert sum(found is not None for _, found, _ in answers) >= 20
