"""From bytes to text."""

import codecs

from faults import Fault

MARKS = (  # the longer ones first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data, encoding, name):
    """(text, encoding, how it is known). The encoding given rules; else a byte order mark; else what is valid."""
    if encoding:
        return _strictly(data, encoding, name, ""), encoding, "given"
    for mark, marked in MARKS:
        if data.startswith(mark):
            return _strictly(data, marked, name, ""), marked, "byte order mark"
    if b"\0" in data:
        raise Fault(f"{name}: has NUL bytes and no byte order mark; if it is a text, give parameter 'encoding' "
                    "(utf-16-le?)")
    try:
        return data.decode("utf-8"), "utf-8", "it is valid UTF-8"
    except UnicodeDecodeError:
        text = _strictly(data, "windows-1252", name, "; give parameter 'encoding'")
        return text, "windows-1252", "it is not UTF-8"


def _strictly(data, encoding, name, hint):
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[:error.start].decode(encoding, "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        byte = data[error.start]
        raise Fault(f"{name}:{line}:{column}: byte 0x{byte:02x} is not {encoding.removesuffix('-sig')}{hint}") from None
