"""From a text to checked records, and what was understood on the way."""

import gettext
import json
from dataclasses import dataclass, field

import csv_reader
import json_reader
import values
from faults import UNAVAILABLE, Fault, Faults, shown
from values import Number, WANTED


@dataclass
class Understood:
    records: list
    notes: list = field(default_factory=list)  # (what, how it was understood), for the preview


def read(text, p):
    """All records of the text; a Fault or Faults where there is something wrong with it."""
    if not text.strip():
        raise Fault(f"{p.name}: is empty")
    kind, how = (p.format, "given") if p.format else detect_format(text, p)
    if kind == "csv":
        out = read_csv(text, p)
    elif kind == "jsonl":
        out = read_lines(text, p)
    else:
        items, where = json_reader.find_root(json_reader.load(text, p.name), p.root, p.name)
        out = check_json([(f"{p.name}: record {i}", item) for i, item in enumerate(items, 1)], p)
        out.notes.append(("records", where))
    out.notes.insert(0, ("format", f"{kind} ({how})"))
    if p.translate:
        translate(out.records, p)
    return out


def detect_format(text, p):
    if p.root is not None:
        return "json", "parameter 'root' is given"
    if p.delimiter:
        return "csv", "parameter 'delimiter' is given"
    start = text.lstrip()
    if start[0] not in "{[" or p.name.lower().endswith(".csv"):
        return "csv", "does not begin with { or ["
    lines = [line for line in start.splitlines() if line.strip()]
    if start[0] == "{" and len(lines) > 1 and _is_json(lines[0]):
        return "jsonl", "the first line is an object"
    return "json", f"begins with {start[0]}"


def _is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


# ---- JSON

def read_lines(text, p):
    items = [(f"{p.name}:{number}", json_reader.load(line, p.name, number))
             for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return check_json(items, p)


def check_json(items, p):
    faults, records, columns = [], [], set()
    for where, item in items:
        if not isinstance(item, dict):
            faults.append(f"{where}: wanted an object, found {json_reader.kind(item)}")
            continue
        record = dict(item)
        columns |= record.keys()
        for column in p.required:
            if record.get(column) in (None, ""):
                faults.append(f"{where}: column '{column}': is required, found nothing")
        for column, kind in p.types.items():
            if (value := record.get(column)) is None or kind == "text" and isinstance(value, str):
                continue
            record[column] = _typed_json(value, kind, p.decimal)
            if record[column] is None:
                found = shown(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:60]
                faults.append(f"{where}: column '{column}': wanted {WANTED.get(kind, 'a text')}, found {found}")
        records.append(record)
    if faults:
        raise Faults(faults)
    if records:
        check_columns(columns, p)
    return Understood(records)


def _typed_json(value, kind, sign):
    if isinstance(value, str):
        return values.typed(value, kind, sign)
    if isinstance(value, bool) or kind in ("date", "text"):
        return None
    if isinstance(value, int) or isinstance(value, float) and kind == "number":
        return value
    return None


# ---- CSV

def read_csv(text, p):
    given, start = csv_reader.separator_line(text)
    text, line = text[start:], 2 if start else 1
    delimiter = p.delimiter or given or csv_reader.detect_delimiter(text, p.name)
    rows = [row for row in csv_reader.rows(text, delimiter, p.name, line) if any(cell.text.strip() for cell in row)]
    if not rows:
        raise Fault(f"{p.name}: has no rows")
    if p.header:
        columns, rows = header(rows[0], p.name), rows[1:]
    else:
        columns = [f"column{i}" for i in range(1, len(rows[0]) + 1)]
    check_columns({column for column in columns if column}, p)
    check_widths(rows, columns, p.name)
    numbers = [(row[i], column) for row in rows for i, column in enumerate(columns)
               if p.types.get(column) in ("integer", "number")]
    sign = p.decimal or values.decimal_sign(numbers, p.name)
    out = Understood(check_cells(rows, columns, sign, p))
    shown = "tab" if delimiter == "\t" else delimiter
    known = "given" if p.delimiter else "sep= line" if given else "every row has as many cells"
    out.notes.append(("delimiter", f"{shown} ({known})"))
    if sign:
        out.notes.append(("decimal sign", f"{sign} ({'given' if p.decimal else 'seen from the numbers'})"))
    return out


def header(row, name):
    """The names of the columns. Sheets often have empty columns at the right: those have no name and must stay empty."""
    columns = [cell.text.strip() for cell in row]
    for i, cell in enumerate(row):
        if columns[i] and columns[i] in columns[:i]:
            raise Fault(f"{name}:{cell.line}:{cell.column}: the column name '{columns[i]}' stands there twice")
    return columns


def check_widths(rows, columns, name):
    """Rows get as many cells as the header. A cell too many must be empty; a cell too few is a fault."""
    faults = []
    for row in rows:
        while len(row) > len(columns) and not row[-1].text.strip():
            row.pop()
        if len(row) > len(columns):
            cell = row[len(columns)]
            faults.append(f"{name}:{cell.line}:{cell.column}: wanted {len(columns)} cells, found {len(row)}")
        elif len(row) < len(columns):
            cell = row[-1]
            faults.append(f"{name}:{cell.line}:{cell.column}: wanted {len(columns)} cells, found only {len(row)}")
    if faults:
        raise Faults(faults)


def check_cells(rows, columns, sign, p):
    records, faults = [], []
    for row in rows:
        record = {}
        for i, (cell, column) in enumerate(zip(row, columns)):
            where = f"{p.name}:{cell.line}:{cell.column}"
            empty = not cell.text.strip()
            if not column:
                if not empty:
                    faults.append(f"{where}: column {i + 1} has no name in the header, but the value {shown(cell.text)}")
                continue
            kind = p.types.get(column, "text")
            if empty and column in p.required:
                faults.append(f"{where}: column '{column}': is required, found nothing")
            value = cell.text if kind == "text" else None if empty else values.typed(cell.text, kind, sign)
            if value is None and not empty:
                faults.append(f"{where}: column '{column}': wanted {WANTED[kind]}, found {shown(cell.text)}")
            record[column] = value
        records.append(record)
    if faults:
        raise Faults(faults)
    return records


# ---- both

def check_columns(columns, p):
    """What parameters speak of must be there: a mistyped column would otherwise never be checked."""
    asked = [("types", column) for column in p.types] + [("required", column) for column in p.required]
    if p.translate:
        asked.append(("translate", p.translate.column))
    for parameter, column in asked:
        if column not in columns:
            raise Fault(f"parameter '{parameter}': there is no column '{column}' in {p.name}; there is "
                        + ", ".join(sorted(columns)))


def translate(records, p):
    want = p.translate
    catalogues = []
    for language in want.languages:
        try:
            catalogues.append(gettext.translation(want.domain, languages=[language]))
        except OSError:
            raise Fault(f"no catalogue '{want.domain}' for the language '{language}' on this node; install it (Debian: "
                        "iso-codes has those of the iso_ domains)", UNAVAILABLE) from None
    for number, record in enumerate(records):
        turn = number % len(catalogues)
        text = record.get(want.column)
        if not isinstance(text, str):
            raise Fault(f"{p.name}: record {number + 1}: column '{want.column}': wanted a text to translate, found "
                        + json_reader.kind(text))
        record[want.into] = catalogues[turn].gettext(text) if text else ""
        if want.language_into:
            record[want.language_into] = want.languages[turn]


def to_line(record):
    """One JSON line. A Number is written as it is; json would put it through a binary fraction."""
    parts = []
    for key, value in record.items():
        text = value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{json.dumps(key, ensure_ascii=False)}: {text}")
    return "{" + ", ".join(parts) + "}"
