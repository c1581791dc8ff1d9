"""What can be wrong with a job, and how it is told: a sentence for people, an exit code for the worker."""

import json
import sys

BAD_INPUT = 65     # the same input will fail again: the job is dead at once
UNAVAILABLE = 69   # something is missing on this node: try elsewhere


def one_line(text):
    """What comes from the input must not begin a line of its own: the worker reads lines."""
    return text.replace("\r", "\\r").replace("\n", "\\n").replace("\u2028", " ").replace("\u2029", " ")


def shown(text, length_max=60):
    return "'" + one_line(text[:length_max]) + ("...'" if len(text) > length_max else "'")


class Fault(Exception):
    """One sentence: where, what was wanted, what was found."""

    def __init__(self, message, code=BAD_INPUT):
        super().__init__(message)
        self.code = code


class Faults(Fault):
    """Several at once, so that a file is mended once. The first one stands for all where only one fits."""

    SHOWN_MAX = 20

    def __init__(self, messages):
        more = len(messages) - 1
        super().__init__(messages[0] + (f" (and {more} more)" if more else ""))
        self.messages = messages


def tell(fault):
    """Prints the fault to stderr, for people and as the line that the worker reads; returns the exit code."""
    messages = getattr(fault, "messages", [str(fault)])
    for message in messages[:Faults.SHOWN_MAX]:
        print(one_line(message), file=sys.stderr)
    if len(messages) > Faults.SHOWN_MAX:
        print(f"... and {len(messages) - Faults.SHOWN_MAX} more", file=sys.stderr)
    line = {"fail": one_line(str(fault)[:1000]), "permanent": fault.code == BAD_INPUT}
    print("@job " + json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)
    return fault.code
