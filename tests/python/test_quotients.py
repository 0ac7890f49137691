"""exact_divide and exact_divide_products against fractions of whole numbers, on both engines.

Half of the quotients lie in the middle of two units of the last digit or right beside it, where a
double that is rounded says the wrong one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from macros_on_engines import Engines

CASES = 4_000
SIX_DIGITS = Decimal("0.000001")
#: What numeric(28, 6) holds, and a result of a scale.
LIMIT = 10**22


def rounded(value: Fraction, scale: int) -> Decimal:
    """Half away from zero."""
    units = abs(value) * 10**scale
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-scale)


def quotient(numerator: Decimal, denominator: Decimal, scale: int) -> Decimal | None:
    """None where there is nothing to divide by."""
    if not denominator:
        return None
    return rounded(Fraction(numerator) / Fraction(denominator), scale)


def number(rng: random.Random, digits: int, scale: int) -> Decimal:
    """Any number of up to so many digits: small and great ones alike, zero and powers too."""
    most = 10 ** rng.randint(0, digits)
    whole = rng.choice([rng.randint(-most, most), rng.randint(-5, 5), 2 ** rng.randint(0, 40)])
    return Decimal(whole if abs(whole) < 10**digits else most - 1).scaleb(-scale)


def halves(rng: random.Random, scale: int) -> Iterator[tuple[Decimal, Decimal]]:
    """A denominator, and numerators that make a quotient in the middle of two units, and beside."""
    denominator = number(rng, 12, rng.randint(0, 6))
    units = rng.randint(-(10 ** rng.randint(1, 8)), 10 ** rng.randint(1, 8))
    middle = Fraction(2 * units + 1, 2 * 10**scale) * Fraction(denominator)
    for beside in (-1, 0, 1):
        yield rounded(middle, 6) + beside * SIX_DIGITS, denominator


def products_of_a_half(rng: random.Random) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """Factors and divisors whose quotient lies in the middle of two units, or right beside it."""
    divisor = Decimal(rng.randint(1, 10 ** rng.randint(1, 8)))
    units = rng.randint(-(10 ** rng.randint(1, 6)), 10 ** rng.randint(1, 6))
    beside = rng.choice((-1, 0, 1))
    factor = Decimal((2 * units + 1) * 100 * divisor + beside).scaleb(-2)
    return (factor, Decimal(1)), (divisor, Decimal(2_000_000))


@pytest.mark.parametrize("scale", [0, 2, 6])
def test_quotients(engines: Engines, scale: int) -> None:
    rng = random.Random(scale)  # noqa: S311
    pairs = {(number(rng, 27, 6), number(rng, 27, 6)) for _ in range(CASES)}
    for _ in range(CASES // 3):
        pairs.update(halves(rng, scale))
    expected = {
        (str(numerator), str(denominator)): found
        for numerator, denominator in pairs
        for found in [quotient(numerator, denominator, scale)]
        if found is None or abs(found) < LIMIT
    }
    assert len(expected) > CASES
    sides = "'cast(a as numeric(28, 6))', 'cast(b as numeric(28, 6))'"
    answers = engines.ask(
        list(expected),
        f"select a, b, {{{{ exact_divide({sides}, {scale}) }}}} from inputs order by a, b",
    )
    assert {(a, b): found for a, b, found in answers} == expected


def test_quotients_of_products(engines: Engines) -> None:
    rng = random.Random(1)  # noqa: S311
    expected: dict[tuple[str, ...], Decimal | None] = {}
    while len(expected) < CASES:
        factors, divisors = (
            (number(rng, rng.choice([6, 12, 17]), 2), number(rng, rng.choice([6, 12, 19]), 2))
            for _ in range(2)
        )
        if rng.random() < 0.5:
            factors, divisors = products_of_a_half(rng)
        numerator, denominator = (
            Fraction(one) * Fraction(other) for one, other in (factors, divisors)
        )
        found = rounded(numerator / denominator, 6) if denominator else None
        if found is None or abs(found) < LIMIT:
            expected[tuple(map(str, factors + divisors))] = found
    assert sum(found is None for found in expected.values()) < CASES / 2
    answers = engines.ask(
        list(expected),
        """
        select
            a,
            b,
            c,
            d,
            {{ exact_divide_products(
                ['cast(a as numeric(18, 2))', 'cast(b as numeric(20, 2))'],
                ['cast(c as numeric(18, 2))', 'cast(d as numeric(20, 2))']
            ) }}
        from inputs order by a, b, c, d
        """,
    )
    assert {tuple(row[:4]): row[4] for row in answers} == expected
