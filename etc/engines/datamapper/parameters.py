"""The parameters of a job, checked before the file is read. README.md is the list for people."""

import codecs
import difflib
import re
from dataclasses import dataclass, field

from faults import Fault

TYPES = ("text", "integer", "number", "date")
FORMATS = ("csv", "json", "jsonl")
DELIMITERS = {";": ";", ",": ",", "|": "|", "tab": "\t", "\t": "\t"}


@dataclass
class Translate:
    column: str
    domain: str
    languages: list
    into: str
    language_into: str = ""


@dataclass
class Parameters:
    name: str = "input"
    format: str = ""        # empty: detected, here and below
    encoding: str = ""
    delimiter: str = ""
    header: bool = True
    root: str | list | None = None
    types: dict = field(default_factory=dict)
    decimal: str = ""
    required: list = field(default_factory=list)
    translate: Translate | None = None
    preview: bool = False


def parse(given):
    """A Parameters from the job's JSON object; a Fault that names the parameter otherwise."""
    if not isinstance(given, dict):
        raise Fault("parameters: wanted a JSON object")
    known = list(Parameters.__dataclass_fields__)
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"
            raise Fault(f"parameter '{key}' is unknown{hint}")
    out = Parameters()
    out.name = _text(given, "name", out.name).replace("\n", " ")
    out.format = _choice(given, "format", FORMATS)
    out.encoding = _encoding(given)
    out.delimiter = DELIMITERS[given["delimiter"]] if _choice(given, "delimiter", tuple(DELIMITERS)) else ""
    out.header = _flag(given, "header", out.header)
    out.root = _root(given)
    out.types = _types(given)
    out.decimal = _choice(given, "decimal", (",", "."))
    out.required = _texts(given, "required")
    out.translate = _translate(given)
    out.preview = _flag(given, "preview", out.preview)
    return out


def _wrong(key, wanted, found):
    return Fault(f"parameter '{key}': wanted {wanted}, found {found!r}")


def _text(given, key, default):
    value = given.get(key, default)
    if not isinstance(value, str) or not value:
        raise _wrong(key, "a text", value)
    return value


def _texts(given, key):
    value = given.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(key, "a list of texts", value)
    return value


def _choice(given, key, words):
    if key not in given:
        return ""
    if not isinstance(given[key], str) or given[key] not in words:
        raise _wrong(key, "one of " + ", ".join(repr(word) for word in words), given[key])
    return given[key]


def _flag(given, key, default):
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise _wrong(key, "true or false", value)
    return value


def _encoding(given):
    if "encoding" not in given:
        return ""
    name = _text(given, "encoding", "")
    try:
        info = codecs.lookup(name)
        "".encode(name)  # not every codec is one of texts
    except LookupError:
        raise _wrong("encoding", "an encoding such as utf-8, utf-16, windows-1252", name) from None
    return "utf-8-sig" if info.name == "utf-8" else info.name


def _root(given):
    if "root" not in given:
        return None
    value = given["root"]
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(key, str) for key in value):
        return value
    raise _wrong("root", "a path (\"a.b\") or a list of keys", value)


def _types(given):
    value = given.get("types", {})
    if not isinstance(value, dict):
        raise _wrong("types", "an object of column and type", value)
    for column, kind in value.items():
        if kind not in TYPES:
            raise _wrong(f"types.{column}", "one of " + ", ".join(TYPES), kind)
    return value


def _translate(given):
    if "translate" not in given:
        return None
    value = given["translate"]
    known = Translate.__dataclass_fields__
    if not isinstance(value, dict) or set(value) - set(known):
        raise _wrong("translate", "an object with " + ", ".join(known), value)
    out = Translate(
        column=_text(value, "column", ""),
        domain=_text(value, "domain", ""),
        languages=_texts(value, "languages"),
        into=_text(value, "into", ""),
        language_into=_text(value, "language_into", "") if "language_into" in value else "",
    )
    # Both become parts of a path.
    if not re.fullmatch(r"[A-Za-z0-9_-]+", out.domain):
        raise _wrong("translate.domain", "a name of letters, digits, _ and -", out.domain)
    if not out.languages or not all(re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)?(@[a-z]+)?", word) for word in out.languages):
        raise _wrong("translate.languages", "at least one language such as \"pl\"", out.languages)
    return out
