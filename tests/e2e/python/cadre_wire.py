"""The bytes of the protocol, as common/protocol/PROTOCOL.md tells them (sections 3 and 5). Knows nothing of the C++ code."""

import msgpack

(HELLO, WELCOME, GREET, BEAT, BEAT_HEARD, ASSIGN, REPORT, NOTED, ABANDON, GOODBYE, SUBMIT, SUBMITTED, WAIT, NOTICES,
 CANCEL, CANCELLED, ASK, ANSWER, FETCH_RESULT, RESULT, REFUSAL) = range(21)

STANDINGS = ["accepted", "repeat", "refused", "retry_later"]
STATES = ["delayed", "ready", "leased", "done", "dead", "cancelled"]
FINAL = {"done", "dead", "cancelled"}
REASONS = ["", "attempts_exhausted", "poison", "expired", "bad_input", "misconfigured", "no_permission",
           "output_too_large", "cancelled"]
CAUSES = ["", "exit_code", "signal", "out_of_memory", "time_limit", "stall", "output_too_large", "engine_broken",
          "protocol", "abandoned", "lease_lost", "node_lost", "scratch"]
SUCCEEDED, FAILED, NOT_STARTED = range(3)
SOFTWARE = "cadre python 1"


def pack(kind, body, payload=b""):
    """The frames of one message."""
    frames = [msgpack.packb([1, kind, body], use_bin_type=True)]
    if payload:
        frames.append(payload)
    return frames


def unpack(frames):
    """Type, fields, and the payload frame."""
    version, kind, body = msgpack.unpackb(frames[0], raw=False, strict_map_key=False)[:3]
    if version != 1:
        raise ValueError(f"protocol version {version}")
    return kind, body, frames[1] if len(frames) > 1 else b""


class Payload:
    """Takes the parts of a payload frame in the order of the header."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        part = self.data[self.at:self.at + size]
        if len(part) != size:
            raise ValueError("the payload frame is too short")
        self.at += size
        return part

    def files(self, sizes):
        return {name: self.take(size) for name, size in sizes}


def job_name(job):
    return f"{job >> 40}-{job & ((1 << 40) - 1)}"
