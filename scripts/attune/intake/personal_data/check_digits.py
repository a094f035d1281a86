"""Numbers of persons, with check digits: which register a number fits, and how often by chance.

Every test takes the number without blanks, dots, hyphens and slashes, in capitals. A random number
passes a check digit in about one of ten cases, so one number shows nothing: `fewest_hits` says how
many distinct numbers have to fit before chance is an unlikely explanation.

Sources: the issuing authorities' rules as collected by python-stdnum (Arthur de Jong,
https://arthurdejong.org/python-stdnum/); the modulus systems are those of ISO 7064:2003, IBAN of
ISO 13616, the Luhn formula of ISO/IEC 7812-1, Verhoeff's that of his Error
Detecting Decimal Codes (1969).
"""

import math
import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CHANCE = 1e-6
"""Highest chance that as many random numbers as are required fit one register."""


@dataclass(frozen=True)
class Register:
    """Numbers of one register.

    Attributes
    ----------
    name : str
    form : str
        Regular expression of the number without separators.
    fits : callable
        Whether a number of this form has a possible date and the right check digits.
    by_chance : float
        Share of random numbers of this form that fit, found with 50,000 random numbers and rounded
        up; for forms of letters and digits without check digits, the share that other codes are
        supposed to have.
    """

    name: str
    form: str
    fits: Callable[[str], bool]
    by_chance: float

    @property
    def fewest_hits(self) -> int:
        """Number of distinct fitting numbers whose chance is below `CHANCE`.

        Examples
        --------
        >>> [(register.name, register.fewest_hits) for register in REGISTERS[:2]]
        [('Norwegian fødselsnummer', 3), ('Swedish personnummer', 3)]
        """
        return max(3, math.ceil(math.log(CHANCE) / math.log(self.by_chance)))


def weighted(number: str, weights: Sequence[int]) -> int:
    """Sum of digits times weights.

    Examples
    --------
    >>> weighted("123", (3, 2, 1))
    10
    """
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def luhn(number: str) -> bool:
    """Whether the last digit is that of Luhn's formula.

    Examples
    --------
    >>> luhn("79927398713"), luhn("79927398710")
    (True, False)
    """
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[::-2])) + sum(n - 9 * (n > 9) for n in doubled)) % 10 == 0


def mod_11_10(number: str) -> bool:
    """ISO 7064, mod 11, 10, of German tax numbers and Croatian OIB.

    Examples
    --------
    >>> mod_11_10("36574261809"), mod_11_10("36574261890")
    (True, False)
    """
    check = 5
    for digit in number:
        check = (((check or 10) * 2) % 11 + int(digit)) % 10
    return check == 1


def verhoeff(number: str) -> bool:
    """Whether the last digit is that of Verhoeff's scheme.

    Examples
    --------
    >>> verhoeff("2363"), verhoeff("2364")
    (True, False)
    """
    check = 0
    for place, character in enumerate(reversed(number)):
        digit = int(character)
        for _ in range(place % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        check = _dihedral(check, digit)
    return check == 0


def _dihedral(first: int, second: int) -> int:
    """Product in the dihedral group of ten elements."""
    turn, flip = divmod(first, 5)[1], first >= 5
    other, flips = second % 5, second >= 5
    rotated = (turn - other if flip else turn + other) % 5
    return rotated + 5 * (flip != flips)


def iban(number: str) -> bool:
    """Whether a bank account has its check digits (ISO 13616).

    Examples
    --------
    >>> iban("DE89370400440532013000"), iban("DE88370400440532013000")
    (True, False)
    """
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def _date(day: str | int, month: str | int, year: str | int = 4) -> bool:
    """Whether day and month exist; a year of two digits may be any century."""
    day, month, year = int(day), int(month), int(year)
    if not 1 <= month <= 12 or day < 1:
        return False
    return day <= monthrange(2000 + year % 100, month)[1]


def _fodselsnummer(n: str) -> bool:
    day = int(n[:2]) - 40 * (n[0] >= "4")
    month = int(n[2:4]) % 40
    first = weighted(n, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighted(n, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == 0 and second == 0 and _date(day, month)


def _personnummer(n: str) -> bool:
    n = n[-10:]
    day = int(n[4:6])
    return luhn(n) and _date(day - 60 if day > 60 else day, n[2:4], n[:2])


def _hetu(n: str) -> bool:
    digits = n[:6] + n[-4:-1]
    return (
        _date(n[:2], n[2:4], n[4:6])
        and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31] == n[-1]
    )


def _bsn(n: str) -> bool:
    return weighted(n, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _pesel(n: str) -> bool:
    check = weighted(n, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10
    return check == 0 and _date(n[4:6], int(n[2:4]) % 20, n[:2])


def _rodne_cislo(n: str) -> bool:
    month = int(n[2:4]) % 50
    return int(n) % 11 == 0 and _date(n[4:6], month - 20 if month > 20 else month, n[:2])


def _tc_kimlik(n: str) -> bool:
    d = [int(digit) for digit in n]
    tenth = (7 * sum(d[0:9:2]) - sum(d[1:8:2])) % 10
    return d[9] == tenth and sum(d[:10]) % 10 == d[10]


def _amka(n: str) -> bool:
    return luhn(n) and _date(n[:2], n[2:4], n[4:6])


def _afm(n: str) -> bool:
    return weighted(n, [2**power for power in range(8, 0, -1)]) % 11 % 10 == int(n[8])


def _dni(n: str) -> bool:
    number = n[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == n[-1]


_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)
"""Values of the characters in odd places of an Italian tax code; digits count as A to J."""


def _codice_fiscale(n: str) -> bool:
    places = [ord(c) - (48 if c.isdigit() else 65) for c in n[:15]]
    total = sum(_ODD[p] for p in places[::2]) + sum(places[1::2])
    return chr(65 + total % 26) == n[15]


def _nir(n: str) -> bool:
    number = int(n[:13].replace("2A", "19").replace("2B", "18"))
    return 97 - number % 97 == int(n[13:]) and 1 <= int(n[3:5]) <= 42


def _steuer_id(n: str) -> bool:
    times = sorted((n[:10].count(digit) for digit in set(n[:10])), reverse=True)
    return times[0] in (2, 3) and times[1] == 1 and mod_11_10(n)


def _kvnr(n: str) -> bool:
    digits = f"{ord(n[0]) - 64:02d}{n[1:9]}"
    total = sum(sum(divmod(int(d) * (1 + place % 2), 10)) for place, d in enumerate(digits))
    return total % 10 == int(n[9])


def _rvnr(n: str) -> bool:
    digits = f"{n[:8]}{ord(n[8]) - 64:02d}{n[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits, weights, strict=True))
    return total % 10 == int(n[11]) and 1 <= int(n[4:6]) <= 12


def _nhs(n: str) -> bool:
    return (11 - weighted(n, range(10, 1, -1)) % 11) % 11 == int(n[9])


def _china(n: str) -> bool:
    weights = [2**power % 11 for power in range(17, 0, -1)]
    check = "10X98765432"[weighted(n, weights) % 11]
    return check == n[17] and _date(n[12:14], n[10:12], n[6:10])


def _korea(n: str) -> bool:
    return _date(n[4:6], n[2:4], n[:2]) and n[6] in "12345678"


def _ahv(n: str) -> bool:
    return weighted(n, (1, 3) * 6 + (1,)) % 10 == 0


def _austria(n: str) -> bool:
    check = weighted(n, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    return check == int(n[3]) and _date(n[4:6], n[6:8], n[8:10])


def _belgium(n: str) -> bool:
    numbers = (int(n[:9]), int("2" + n[:9]))
    return any(97 - number % 97 == int(n[9:]) for number in numbers) and int(n[2:4]) <= 12


def _portugal(n: str) -> bool:
    return (11 - weighted(n, range(9, 1, -1)) % 11) % 11 % 10 == int(n[8])


def _brazil(n: str) -> bool:
    first = weighted(n, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(n, range(11, 1, -1)) * 10 % 11 % 10
    return (first, second) == (int(n[9]), int(n[10])) and len(set(n)) > 1


def _bulgaria(n: str) -> bool:
    check = weighted(n, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    return check == int(n[9]) and _date(n[4:6], int(n[2:4]) % 20, n[:2])


def _romania(n: str) -> bool:
    check = weighted(n, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if check == 10 else check) == int(n[12]) and _date(n[5:7], n[3:5], n[1:3])


def _hungary(n: str) -> bool:
    return weighted(n, (3, 7) * 4) % 10 == int(n[8])


def _baltic(n: str) -> bool:
    check = weighted(n, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(n, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return check == int(n[10]) and _date(n[5:7], n[3:5], n[1:3])


def _emso(n: str) -> bool:
    check = -weighted(n, (7, 6, 5, 4, 3, 2) * 2) % 11
    return check == int(n[12]) and _date(n[:2], n[2:4])


def _iceland(n: str) -> bool:
    return weighted(n, (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0 and _date(n[:2], n[2:4], n[4:6])


def _denmark(n: str) -> bool:
    # Numbers since 2007 have no check digit; a counter below 100 is rather that of a study's code.
    return _date(n[:2], n[2:4], n[4:6]) and n[6:] >= "0100"


def _ireland(n: str) -> bool:
    total = weighted(n, range(8, 1, -1)) + (9 * (ord(n[8]) - 64) if len(n) > 8 else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == n[7]


def _snils(n: str) -> bool:
    return weighted(n, range(9, 0, -1)) % 101 % 100 == int(n[9:])


def _inn(n: str) -> bool:
    first = weighted(n, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighted(n, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return (first, second) == (int(n[10]), int(n[11]))


def _ukraine(n: str) -> bool:
    return weighted(n, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == int(n[9])


def _japan(n: str) -> bool:
    rest = weighted(n, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == int(n[11])


def _south_africa(n: str) -> bool:
    return luhn(n) and _date(n[4:6], n[2:4], n[:2]) and n[10] in "01"


def _taiwan(n: str) -> bool:
    first = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(n[0])
    return (first // 10 + first % 10 * 9 + weighted(n[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _chile(n: str) -> bool:
    total = weighted(n[-2::-1], (2, 3, 4, 5, 6, 7) * 2)
    return "0123456789K0"[11 - total % 11] == n[-1]


def _always(_: str) -> bool:
    return True


REGISTERS: tuple[Register, ...] = (
    Register("Norwegian fødselsnummer", r"[0-7]\d{10}", _fodselsnummer, 0.0025),
    Register("Swedish personnummer", r"(19|20)?\d{10}", _personnummer, 0.0075),
    Register("Finnish henkilötunnus", r"[0-3]\d{5}[A-FU-Y]?\d{3}[0-9A-Y]", _hetu, 0.004),
    Register("Danish CPR", r"[0-3]\d{9}", _denmark, 0.1),
    Register("Dutch BSN", r"[1-9]\d{8}", _bsn, 0.095),
    Register("Polish PESEL", r"\d{11}", _pesel, 0.019),
    Register("Czech rodné číslo", r"\d{10}", _rodne_cislo, 0.014),
    Register("Turkish TC kimlik", r"[1-9]\d{10}", _tc_kimlik, 0.011),
    Register("Greek AMKA", r"[0-3]\d{10}", _amka, 0.01),
    Register("Greek AFM", r"\d{9}", _afm, 0.105),
    Register("Spanish DNI or NIE", r"(\d{8}|[XYZ]\d{7})[A-Z]", _dni, 0.04),
    Register(
        "Italian codice fiscale",
        r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]",
        _codice_fiscale,
        0.04,
    ),
    Register("French NIR", r"[12]\d{4}(\d\d|2[AB])\d{8}", _nir, 0.005),
    Register("German tax number", r"[1-9]\d{10}", _steuer_id, 0.005),
    Register("German insurance number", r"[A-Z]\d{9}", _kvnr, 0.105),
    Register("German pension number", r"\d{8}[A-Z]\d{3}", _rvnr, 0.014),
    Register("British NHS number", r"\d{10}", _nhs, 0.095),
    Register(
        "British national insurance number",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]",
        _always,
        0.1,
    ),
    Register("Chinese resident number", r"[1-9]\d{5}(19|20)\d{9}[\dX]", _china, 0.004),
    Register("Korean resident number", r"\d{13}", _korea, 0.03),
    Register("Israeli or Canadian number", r"\d{9}", luhn, 0.105),
    Register("Swiss AHV number", r"756\d{10}", _ahv, 0.105),
    Register("Austrian insurance number", r"[1-9]\d{9}", _austria, 0.005),
    Register("Belgian register number", r"\d{11}", _belgium, 0.004),
    Register("Portuguese NIF", r"[1-9]\d{8}", _portugal, 0.105),
    Register("Brazilian CPF", r"\d{11}", _brazil, 0.011),
    Register("Mexican CURP", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", _always, 0.001),
    Register("Indian Aadhaar", r"[2-9]\d{11}", verhoeff, 0.105),
    Register("Bulgarian EGN", r"\d{10}", _bulgaria, 0.02),
    Register("Romanian CNP", r"[1-9]\d{12}", _romania, 0.005),
    Register("Hungarian TAJ", r"\d{9}", _hungary, 0.105),
    Register("Croatian OIB", r"\d{11}", mod_11_10, 0.105),
    Register("Estonian or Lithuanian number", r"[1-8]\d{10}", _baltic, 0.005),
    Register("Slovenian or Serbian number", r"[0-3]\d{12}", _emso, 0.01),
    Register("Icelandic kennitala", r"[0-7]\d{8}[089]", _iceland, 0.005),
    Register("Irish PPS", r"\d{7}[A-W][A-IW]?", _ireland, 0.05),
    Register("Russian SNILS", r"\d{11}", _snils, 0.011),
    Register("Russian INN", r"\d{12}", _inn, 0.012),
    Register("Ukrainian RNOKPP", r"\d{10}", _ukraine, 0.105),
    Register("Japanese My Number", r"\d{12}", _japan, 0.105),
    Register("South African number", r"\d{13}", _south_africa, 0.002),
    Register("Taiwanese number", r"[A-Z][1289]\d{8}", _taiwan, 0.105),
    Register("Chilean RUT", r"\d{7,8}[\dK]", _chile, 0.095),
    Register("bank card or telephone (IMEI)", r"[3-6]\d{14,15}", luhn, 0.105),
)
"""Registers whose numbers are known by their check digits, those with the rarest hits first."""

FORMS = tuple(re.compile(register.form) for register in REGISTERS)
"""Compiled form of each register."""

_SEPARATORS = re.compile(r"[\s./\-–+]")


def bare(text: str) -> str:
    """A number without separators, in capitals.

    Examples
    --------
    >>> bare("131052-308t"), bare("756.1234.5678.97")
    ('131052308T', '7561234567897')
    """
    return _SEPARATORS.sub("", text).upper()
