"""Cells that have a type. A number keeps the digits that it was written with: no binary fraction touches an amount."""

import datetime
import re

from faults import Fault

PLAIN = re.compile(r"[+-]?\d+")
COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
POINT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class Number(str):
    """A number in JSON's spelling."""


def decimal_sign(cells, name):
    """"," or ".", from what only one of them can mean; "" where no number needs it. `cells`: (cell, column name)."""
    sign, because = "", None
    unclear = None
    for cell, column in cells:
        text = _bare(cell.text)
        if PLAIN.fullmatch(text) or not (COMMA.fullmatch(text) or POINT.fullmatch(text)):
            continue
        if COMMA.fullmatch(text) and _might_be_thousands(text) and POINT.fullmatch(text):
            unclear = unclear or (cell, column)
            continue
        here = "," if COMMA.fullmatch(text) else "."
        if sign and here != sign:
            raise Fault(f"{name}:{cell.line}:{cell.column}: column '{column}': '{cell.text}' has the decimal sign "
                        f"'{here}', '{because.text}' in line {because.line} has '{sign}'; give parameter 'decimal'")
        sign, because = here, cell
    if unclear and not sign:
        cell, column = unclear
        raise Fault(f"{name}:{cell.line}:{cell.column}: column '{column}': '{cell.text}' may be a fraction or "
                    "thousands; give parameter 'decimal'")
    return sign


def _might_be_thousands(text):
    return re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text) is not None


def _bare(text):
    """Without what surrounds a number in a sheet: blanks, also the unbreakable ones that some use for thousands."""
    text = text.strip().replace("\u2212", "-")
    if re.fullmatch(r"[+-]?\d{1,3}([ \u00a0\u202f]\d{3})+([.,]\d+)?", text):
        text = re.sub(r"[ \u00a0\u202f]", "", text)
    return text


def number(text, sign):
    """A Number, or None."""
    text = _bare(text)
    if not text.isascii():
        return None
    if sign == ",":
        if not COMMA.fullmatch(text):
            return None
        text = text.replace(".", "").replace(",", ".")
    else:
        if not POINT.fullmatch(text):
            return None
        text = text.replace(",", "")
    whole, point, fraction = text.removeprefix("+").partition(".")
    minus = "-" if whole.startswith("-") else ""
    return Number(minus + (whole.removeprefix("-").lstrip("0") or "0") + point + fraction)


def integer(text, sign):
    found = number(text, sign)
    return found if found is not None and "." not in found else None


def date(text):
    """"2026-11-24", or None. What a day/month order would have to be guessed for is none."""
    text = text.strip()
    if match := ISO_DATE.fullmatch(text):
        year, month, day = match.groups()
    elif match := GERMAN_DATE.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "date": "a date (2026-11-24 or 24.11.2026)",
}


def typed(text, kind, sign):
    """The value of a cell, or None where the cell is none of its type. Empty cells are not asked for."""
    if kind == "integer":
        return integer(text, sign)
    if kind == "number":
        return number(text, sign)
    if kind == "date":
        return date(text)
    return text
