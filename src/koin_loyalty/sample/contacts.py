"""Invented names, e-mail addresses and phones, and every way in which people type them."""

from __future__ import annotations

import numpy as np

FEMALE_NAMES = (
    "Siti", "Dewi", "Sri", "Rina", "Ayu", "Putri", "Wulan", "Fitri", "Indah", "Lestari", "Maya",
    "Nur", "Ratna", "Yuni", "Endang", "Kartika", "Made Ayu", "Ni Luh", "Rosdiana", "Melati",
    "Cut Meutia", "Butet", "Marlina", "Intan", "Anisa", "Aisyah", "Dian", "Novita", "Yanti", "Tuti",
)  # fmt: skip
MALE_NAMES = (
    "Budi", "Agus", "Muhammad", "Moh.", "Slamet", "Joko", "Andi", "Rizky", "Dimas", "Bayu", "Eko",
    "Hendra", "I Wayan", "I Made", "I Nyoman", "Ketut", "Togar", "Poltak", "Yusuf", "Ahmad",
    "Fajar", "Galih", "Arif", "Teuku", "Rahmat", "Dedi", "Asep", "Ujang", "Suharto", "Bambang",
)  # fmt: skip
FAMILY_NAMES = (
    "Santoso", "Wijaya", "Siregar", "Simanjuntak", "Nasution", "Hutapea", "Pratama", "Saputra",
    "Lestari", "Kusuma", "Hidayat", "Setiawan", "Gunawan", "Halim", "Tanoto", "Purnama", "Suryani",
    "Rahman", "Hakim", "Firmansyah", "Nugroho", "Wibowo", "Sitompul", "Harahap", "Lubis",
    "Batubara", "Ma'ruf", "Nur'aini", "Utami", "Anggraini", "Permata", "Mahendra", "Sudarsono",
    "Piliang",
)  # fmt: skip
TITLES_BEFORE = ("H.", "Hj.", "dr.", "Ir.", "Prof.", "Drs.")
TITLES_AFTER = ("S.E.", "S.Kom.", "S.H.", "M.M.", "S.Pd.")
DUMMY_NAMES = ("-", "CUSTOMER", "TIDAK ADA", "Pelanggan")

EMAIL_DOMAINS = (
    "example.com", "example.org", "example.net", "mail.example.com", "surel.example.org",
)  # fmt: skip

MOBILE_PREFIXES = (
    "811", "812", "813", "821", "822", "823", "851", "852", "853", "814", "815", "816", "855",
    "856", "857", "858", "895", "896", "897", "898", "899", "817", "818", "819", "859", "877",
    "878", "831", "832", "838", "881", "882", "887", "888", "889",
)  # fmt: skip
FIXED_LINES = ("021-555", "022-420", "031-503", "061-415", "0751-39")
FOREIGN = ("+65 9", "+60 12-", "+1 415-555-0", "+61 4")
DUMMY_PHONES = ("081111111111", "08123456789", "0812345678910", "082222222222", "08987654321")

FULL_WIDTH = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}

#: Kinds of usable phones with their shares, then kinds that cannot be used.
USABLE_KINDS = (
    ("local", 0.40), ("dashes", 0.12), ("international", 0.12), ("spaced", 0.06), ("plus", 0.05),
    ("zero_after_code", 0.03), ("plus_zero", 0.02), ("bare", 0.03), ("double_zero", 0.015),
    ("zero_code", 0.015), ("spreadsheet_float", 0.02), ("full_width", 0.01), ("several", 0.015),
)  # fmt: skip
UNUSABLE_KINDS = (
    ("missing", 0.025), ("scientific", 0.008), ("letter", 0.008), ("fixed_line", 0.008),
    ("foreign", 0.008), ("not_mobile", 0.006), ("too_short", 0.008), ("too_long", 0.006),
    ("dummy", 0.011), ("nonsense", 0.004),
)  # fmt: skip
PHONE_KINDS = tuple(kind for kind, _ in USABLE_KINDS + UNUSABLE_KINDS)
PHONE_SHARES = np.array([share for _, share in USABLE_KINDS + UNUSABLE_KINDS])
FIRST_UNUSABLE = len(USABLE_KINDS)


def mobile_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """National significant numbers such as 81298765432: nine to twelve digits, mostly eleven."""
    prefix = rng.integers(0, len(MOBILE_PREFIXES), count)
    length = 6 + np.searchsorted([0.02, 0.12, 0.90], rng.random(count), side="right")
    digits = rng.integers(0, 10, (count, 9))
    digits[:, 0] = np.where(digits[:, 0] == 0, 7, digits[:, 0])
    numbers = []
    for row in range(count):
        tail = "".join(map(str, digits[row, : length[row]]))
        numbers.append(MOBILE_PREFIXES[prefix[row]] + tail)
    return numbers


def type_phone(kind: str, number: str, other: str, pick: int) -> str | None:
    """One way to type the number (national, without 0). Unusable kinds do not hold a usable one.

    Args:
        kind: one of PHONE_KINDS.
        number, other: national significant numbers.
        pick: any integer, chooses between variants.
    """
    a, b, c = number[:3], number[3:7], number[7:]
    typed = {
        "local": f"0{number}",
        "dashes": f"0{a}-{b}-{c}",
        "international": f"62{number}",
        "spaced": f"62 {a} {b} {c}",
        "plus": f"+62 {a}-{b}-{c}",
        "zero_after_code": f"+62 (0){a} {b} {c}",
        "plus_zero": f"+620{number}",
        "bare": f"{a} {b} {c}",
        "double_zero": f"0062 {a} {b} {c}",
        "zero_code": f"062{number}",
        "spreadsheet_float": f"62{number}.0",
        "full_width": f"0{number}".translate(FULL_WIDTH),
        "several": f"0{number} / 0{other}",
        "scientific": f"{number[0]}.{number[1:7]}E+{len(number) - 1}",
        "letter": f"0{number[:-1]}a",
        "fixed_line": f"{FIXED_LINES[pick % len(FIXED_LINES)]}{pick % 9_000 + 1_000}",
        "foreign": f"{FOREIGN[pick % len(FOREIGN)]}{pick % 900 + 100} {pick % 9_000 + 1_000}",
        "not_mobile": f"084{number[2:10]}",
        "too_short": f"0{number[:7]}",
        "too_long": f"0{number[:9]}{other[:6]}",
        "dummy": DUMMY_PHONES[pick % len(DUMMY_PHONES)],
        "nonsense": ("-", "tidak ada", "0", "n/a")[pick % 4],
    }
    return typed.get(kind)


def phones(
    rng: np.random.Generator, count: int, shared_with: np.ndarray
) -> tuple[list[str | None], list[str | None], np.ndarray]:
    """Phones as typed, as usable (`628...`) or None, and the kind of each.

    Args:
        shared_with: (count,) row whose number the member also uses (its own row: own number).
    """
    kinds = np.searchsorted(
        np.cumsum(PHONE_SHARES / PHONE_SHARES.sum()), rng.random(count), "right"
    )
    kinds = np.minimum(kinds, len(PHONE_KINDS) - 1)
    picks = rng.integers(0, 1_000_000, count)
    numbers = mobile_numbers(rng, count)
    typed: list[str | None] = []
    usable: list[str | None] = []
    for row in range(count):
        number = numbers[shared_with[row]]
        typed.append(type_phone(PHONE_KINDS[kinds[row]], number, numbers[row - 1], int(picks[row])))
        usable.append(f"62{number}" if kinds[row] < FIRST_UNUSABLE else None)
    return typed, usable, kinds


def full_names(rng: np.random.Generator, is_female: np.ndarray) -> list[str]:
    """Names: mononyms, two or three parts, titles, capitals from the till, a few dummies."""
    count = len(is_female)
    first = rng.integers(0, 30, count)
    middle, last = rng.integers(0, len(FAMILY_NAMES), (2, count))
    form, style = rng.random((2, count))
    pick = rng.integers(0, 30, count)
    names = []
    for row in range(count):
        given = FEMALE_NAMES[first[row]] if is_female[row] else MALE_NAMES[first[row]]
        if form[row] < 0.12:
            name = given
        elif form[row] < 0.82:
            name = f"{given} {FAMILY_NAMES[last[row]]}"
        elif form[row] < 0.995:
            name = f"{given} {FAMILY_NAMES[middle[row]]} {FAMILY_NAMES[last[row]]}"
        else:
            names.append(DUMMY_NAMES[pick[row] % len(DUMMY_NAMES)])
            continue
        if style[row] < 0.04:
            name = f"{TITLES_BEFORE[pick[row] % len(TITLES_BEFORE)]} {name}"
        elif style[row] < 0.08:
            name = f"{name}, {TITLES_AFTER[pick[row] % len(TITLES_AFTER)]}"
        if style[row] > 0.75:
            name = name.upper()
        elif style[row] > 0.70:
            name = name.lower()
        names.append(name)
    return names


def emails(
    rng: np.random.Generator, names: list[str], offset: int
) -> tuple[list[str | None], list[str | None]]:
    """Addresses as typed and clean (None when missing or impossible), at reserved domains."""
    count = len(names)
    kind = rng.random(count)
    domain = rng.integers(0, len(EMAIL_DOMAINS), count)
    typed: list[str | None] = []
    clean: list[str | None] = []
    for row, name in enumerate(names):
        words = "".join(c if c.isascii() and c.isalpha() else " " for c in name.lower()).split()
        local = f"{'.'.join(words) or 'member'}{offset + row}"
        address = f"{local}@{EMAIL_DOMAINS[domain[row]]}"
        if kind[row] < 0.86:
            typed.append(address)
            clean.append(address)
        elif kind[row] < 0.93:
            typed.append(address.upper() if kind[row] < 0.90 else address.title())
            clean.append(address)
        elif kind[row] < 0.955:
            typed.append(None)
            clean.append(None)
        else:
            broken = (
                local,
                f"{local}@",
                f"@{EMAIL_DOMAINS[domain[row]]}",
                f"{local}@@example.com",
                f"{local} @example.com",
                f"{local}@example",
                "-",
            )
            typed.append(broken[row % len(broken)])
            clean.append(None)
    return typed, clean
