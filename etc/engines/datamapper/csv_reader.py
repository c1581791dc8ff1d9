"""CSV with the place of every cell. (Python's csv module knows neither the line nor the column at which a cell begins.)"""

import re
from dataclasses import dataclass

from faults import Fault

BREAK = re.compile(r"\r\n|\r|\n")
CANDIDATES = (";", ",", "\t", "|")
ROWS_TRIED = 50


@dataclass(slots=True)
class Cell:
    text: str
    line: int     # physical, from 1: where the cell begins
    column: int   # in characters, from 1


def rows(text, delimiter, name, line=1):
    """Yields lists of cells. Quoted cells may hold delimiters, doubled quotes and line breaks."""
    cell = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^"\r\n%s][^\r\n%s]*|))(%s|\r\n|\r|\n|\Z)'
                      % ((re.escape(delimiter),) * 3))
    at = 0
    line_start = 0
    row = []
    while at < len(text) or row:
        column = at - line_start + 1
        match = cell.match(text, at)
        if match is None:
            raise Fault(_bad_quote(text, at, name, line, column))
        quoted, plain, end = match.groups()
        row.append(Cell(plain if quoted is None else quoted.replace('""', '"'), line, column))
        at = match.end()
        if quoted is not None:
            for found in BREAK.finditer(text, match.start(1), match.end(1)):
                line += 1
                line_start = found.end()
        if end != delimiter:
            yield row
            row = []
            line += 1
            line_start = at


def _bad_quote(text, at, name, line, column):
    closing = re.compile(r'"[^"]*(?:""[^"]*)*"').match(text, at)
    if closing is None:
        return f"{name}:{line}:{column}: the quote that opens here is never closed"
    after = text[closing.end():closing.end() + 10].splitlines()[0]
    breaks = list(BREAK.finditer(text, at, closing.end()))
    if breaks:
        line, column = line + len(breaks), closing.end() - breaks[-1].end() + 1
    else:
        column += closing.end() - at
    return f"{name}:{line}:{column}: wanted the end of the cell after its closing quote, found {after!r}"


def separator_line(text):
    """Excel's first line "sep=;": (the delimiter, where the rows begin), or ("", 0)."""
    match = re.match(r"sep=(.)(\r\n|\r|\n)", text)
    return (match.group(1), match.end()) if match else ("", 0)


def detect_delimiter(text, name):
    """The one that gives the first rows the same number of cells, more than one. "," for a file with one column."""
    best, best_width, near = "", 1, set()
    for candidate in CANDIDATES:
        widths = []
        try:
            for row in rows(text, candidate, name):
                if any(cell.text.strip() for cell in row):
                    widths.append(len(row))
                if len(widths) == ROWS_TRIED:
                    break
            sound = len(set(widths)) == 1
        except Fault:
            sound = False
        if widths and widths[0] > 1:
            near.add(candidate)
        if sound and widths[0] > best_width:
            best, best_width = candidate, widths[0]
    if best:
        return best
    if len(near) == 1:  # rows of different width, or a bad quote: the reader will say which
        return near.pop()
    if near:
        raise Fault(f"{name}: cannot tell the delimiter, no sign divides all rows alike; give parameter 'delimiter'")
    return ","
