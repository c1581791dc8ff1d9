"""JSON: a list of records somewhere in a document, or one object per line."""

import json

from faults import Fault


def _pairs(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Fault(f"the key '{twice}' stands twice in one object")
    return out


def _constant(word):
    raise Fault(f"{word} is no JSON number")


def load(text, name, line=1):
    """The value of a JSON text that begins at `line`."""
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        raise Fault(f"{name}:{error.lineno + line - 1}:{error.colno}: not valid JSON: {reason}") from None
    except Fault as fault:
        raise Fault(f"{name}:{line}: {fault}" if line > 1 else f"{name}: {fault}") from None
    except RecursionError:
        raise Fault(f"{name}: nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise Fault(f"{name}: {error}") from None


def kind(value):
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]


def find_root(document, root, name):
    """(the list of records, how it was found)."""
    if root is not None:
        value, trail = document, ""
        dotted = isinstance(root, str)
        parts = root.split(".") if dotted else root
        while parts:
            value, parts, trail = _down(value, parts, trail, name, dotted)
        if not isinstance(value, list):
            raise Fault(f"{name}: wanted a list at '{trail}', found {kind(value)}")
        return value, f"at '{trail}', given"
    if isinstance(document, list):
        return document, "the document itself"
    if not isinstance(document, dict):
        raise Fault(f"{name}: wanted a list of records, found {kind(document)}")
    lists = [key for key, value in document.items()
             if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)]
    if len(lists) == 1:
        return document[lists[0]], f"at '{lists[0]}', the only list of objects"
    if lists:
        raise Fault(f"{name}: several lists of objects ({', '.join(lists)}); give parameter 'root'")
    return [document], "the document is one record"


def _down(value, parts, trail, name, dotted):
    """One step. Keys may contain dots themselves: the longest key that fits is taken."""
    where = f"at '{trail}'" if trail else "at the top"
    if not isinstance(value, dict):
        raise Fault(f"{name}: wanted an object {where}, found {kind(value)}")
    for count in range(len(parts) if dotted else 1, 0, -1):
        key = ".".join(parts[:count])
        if key in value:
            return value[key], parts[count:], f"{trail}.{key}" if trail else key
    keys = ", ".join(list(value)[:10]) or "nothing"
    raise Fault(f"{name}: no '{parts[0]}' {where} (parameter 'root'); there is {keys}")
