"""Page templates: from text to a list of blocks, and a record set into a block's text. README.md describes them."""

import html
import re
import shlex
from dataclasses import dataclass, field

BAD_INPUT = 65


class Fault(Exception):
    """A sentence that says what was wanted and what was found; the job is refused."""


MEASURES = {"x", "y", "width", "height", "bottom", "thickness", "spacing", "gap"}
ATTRIBUTES = {
    "page": {"width", "height", "bottom", "font"},
    "text": {"x", "y", "width", "height", "font", "align", "color", "spacing", "gap", "when"},
    "rule": {"x", "y", "width", "thickness", "color", "when"},
}
REQUIRED = {"page": set(), "text": {"x", "y", "width"}, "rule": {"x", "y", "width"}}
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*\}\}")


@dataclass
class Block:
    kind: str
    line: int
    attributes: dict
    text: str = ""


@dataclass
class Template:
    name: str
    page: dict = field(default_factory=lambda: {"width": 210.0, "height": 297.0, "bottom": 15.0,
                                                "font": "DejaVu Sans 10.5"})
    require: list = field(default_factory=list)  # (key, words, line)
    blocks: list = field(default_factory=list)


def parse(text, name):
    template = Template(name)
    block = None
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if line.startswith("@#"):
            continue
        if not line.startswith("@"):
            if block is not None and block.kind == "text":
                block.text += line + "\n"
            elif line.strip():
                raise Fault(f"{where}: text that belongs to no @text block")
            continue
        block = _block(line, number, where)
        if block.kind == "page":
            template.page |= block.attributes
        elif block.kind == "require":
            template.require += [(key, words, number) for key, words in block.attributes.items()]
        else:
            template.blocks.append(block)
    if not template.blocks:
        raise Fault(f"{name}: has no @text and no @rule block, so the page would be empty")
    for block in template.blocks:
        block.text = block.text.strip("\n")
    return template


def _block(line, number, where):
    try:
        kind, *words = shlex.split(line[1:])
    except ValueError as error:
        raise Fault(f"{where}: {error}") from None
    if kind == "require":
        return Block(kind, number, {key: value.split(",") for key, value in _pairs(words, where)})
    if kind not in ATTRIBUTES:
        raise Fault(f"{where}: wanted @page, @require, @text, @rule or @#, found @{kind}")
    attributes = {}
    for key, value in _pairs(words, where):
        if key not in ATTRIBUTES[kind]:
            raise Fault(f"{where}: @{kind} knows no '{key}'; it knows {', '.join(sorted(ATTRIBUTES[kind]))}")
        attributes[key] = _attribute(key, value, where)
    for key in sorted(REQUIRED[kind] - attributes.keys()):
        raise Fault(f"{where}: @{kind} needs {key}=")
    return Block(kind, number, attributes)


def _pairs(words, where):
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise Fault(f"{where}: wanted KEY=VALUE, found '{word}'")
        yield key, value


def _attribute(key, value, where):
    if key in MEASURES:
        if not re.fullmatch(r"\+?\d{1,4}(\.\d{1,3})?" if key == "y" else r"\d{1,4}(\.\d{1,3})?", value):
            raise Fault(f"{where}: {key}: wanted millimetres such as 25 or 2.5, found '{value}'")
        return ("after" if value.startswith("+") else "at", float(value)) if key == "y" else float(value)
    if key == "color":
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise Fault(f"{where}: color: wanted #rrggbb, found '{value}'")
        return tuple(int(value[i:i + 2], 16) / 255 for i in (1, 3, 5))
    if key == "align" and value not in ("left", "right", "center"):
        raise Fault(f"{where}: align: wanted left, right or center, found '{value}'")
    if key == "when":
        name, colon, words = value.partition(":")
        if not colon:
            raise Fault(f"{where}: when: wanted KEY:VALUE, found '{value}'")
        return name, words.split(",")
    return value


def check_required(template, record):
    for key, words, line in template.require:
        if value_of(record, key, f"{template.name}:{line}") not in words:
            raise Fault(f"{template.name}:{line}: wanted '{key}' to be one of {', '.join(words)}, found '{record[key]}'")


def printed(block, record, name):
    """Whether the block's `when` holds."""
    if "when" not in block.attributes:
        return True
    key, words = block.attributes["when"]
    return value_of(record, key, f"{name}:{block.line}") in words


def fill(block, record, name):
    """The block's text with the record's values in it."""
    where = f"{name}:{block.line}"
    text = PLACEHOLDER.sub(lambda match: html.escape(value_of(record, match.group(1), where)), block.text)
    if "{{" in PLACEHOLDER.sub("", block.text):
        raise Fault(f"{where}: '{{{{' begins no placeholder; a placeholder looks like {{{{name}}}}")
    return text


def value_of(record, key, where):
    """The value as a text. Numbers come as texts already, with the digits that they were written with."""
    if key not in record:
        known = ", ".join(sorted(record)[:20]) or "nothing"
        raise Fault(f"{where}: the record has no '{key}'; it has {known}")
    value = record[key]
    if not isinstance(value, str):
        found = {None: "null", True: "true", False: "false"}.get(value) if value is None or isinstance(value, bool) \
            else "a list or object"
        raise Fault(f"{where}: '{key}': wanted a text or a number, found {found}")
    for character in value:
        if (ord(character) < 32 and character not in "\n\t") or 0xD800 <= ord(character) < 0xE000 \
                or character in "\x7f\ufffe\uffff":
            raise Fault(f"{where}: '{key}': has the character U+{ord(character):04X}, which cannot be printed")
    return value
