"""A small client of Cadre, written from common/protocol/PROTOCOL.md alone: submit, wait, cancel, ask, fetch a result.

    with Client("tcp://127.0.0.1:7171") as client:
        answer = client.submit("my-key", "echo", b"bytes")
        notice = client.wait(answer["job"])
"""

import json
import time

import zmq

import cadre_wire as wire

HELLO_EVERY, REPEAT_EVERY, REWAIT_EVERY = 1.0, 3.0, 5.0


class Unanswered(Exception):
    """No answer within the deadline: whether it was done is not known. Repeat it under the same key."""


class Refused(Exception):
    """The broker refuses this message or this peer; the sentence says why."""


class Client:
    def __init__(self, address, keys=None, server_key=None):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 1000
        if server_key:
            self.socket.curve_serverkey = server_key
            self.socket.curve_publickey, self.socket.curve_secretkey = keys
        self.socket.connect(address)
        self.welcome = None
        self.next_number = 0

    def __enter__(self):
        self.hello()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def number(self):
        self.next_number += 1
        return self.next_number

    def hello(self, deadline=10.0):
        def welcomed(kind, body, _payload):
            if kind == wire.WELCOME:
                names = ["version", "epoch", "cluster", "name", "role", "lease_ttl", "beat_interval", "payload_max"]
                return dict(zip(names, body))
            return None
        body = [1, 1, wire.SOFTWARE, 0, 0, 0, 0, "", [], [], []]
        self.welcome = self._say_until(wire.pack(wire.HELLO, body), welcomed, HELLO_EVERY, deadline)
        return self.welcome

    def submit(self, key, engine, payload=b"", params="{}", attempts=3, backoff=1.0, watch=1, priority=0,
               not_before=0, deadline=15.0):
        """The answer for good: accepted, repeat or refused."""
        ticket = self.number()
        job = [ticket, key, engine, "default", "", priority, not_before, 0, attempts, int(backoff * 1e6), 0, 0, 0, 0,
               watch, [len(params.encode()), len(payload)]]
        frames = wire.pack(wire.SUBMIT, [[job]], params.encode() + payload)

        def answered(kind, body, _payload):
            for answer in body[0] if kind == wire.SUBMITTED else []:
                its_ticket, its_key, standing, number, reason, _retry_after = answer[:6]
                if (its_ticket, its_key) == (ticket, key) and wire.STANDINGS[standing] != "retry_later":
                    return {"standing": wire.STANDINGS[standing], "job": number, "reason": reason}
            return None
        return self._say_until(frames, answered, REPEAT_EVERY, deadline)

    def wait(self, job, result=True, deadline=30.0):
        """The final notice; what was heard of failed attempts on the way stands in its 'failures'."""
        failures = []

        def ended(kind, body, payload):
            parts = wire.Payload(payload)
            found = None
            for one in body[0] if kind == wire.NOTICES else []:
                names = ["job", "state", "reason", "attempt", "node", "cause", "code", "message", "stderr", "retry_after"]
                notice = dict(zip(names, one))
                notice["files"] = parts.files(one[10])
                notice["unknown"], notice["result_gone"] = one[11:13]
                notice["state"] = wire.STATES[notice["state"]]
                notice["reason"] = wire.REASONS[notice["reason"]]
                notice["cause"] = wire.CAUSES[notice["cause"]]
                if notice["job"] != job:
                    continue
                if notice["unknown"] or notice["state"] in wire.FINAL:
                    found = notice
                else:
                    failures.append(notice)
            return found
        frames = wire.pack(wire.WAIT, [2 if result else 1, [job]])
        notice = self._say_until(frames, ended, REWAIT_EVERY, deadline)
        notice["failures"] = failures
        return notice

    def cancel(self, job, deadline=15.0):
        def cancelled(kind, body, _payload):
            for its_job, known, state in body[0] if kind == wire.CANCELLED else []:
                if its_job == job:
                    return wire.STATES[state] if known else "unknown"
            return None
        return self._say_until(wire.pack(wire.CANCEL, [[job]]), cancelled, REPEAT_EVERY, deadline)

    def ask(self, question, deadline=15.0, **arguments):
        """What the JSON of the answer says. Raises Refused where the answer is no."""
        number = self.number()

        def answered(kind, body, payload):
            if kind != wire.ANSWER or body[0] != number:
                return None
            if not body[1]:
                raise Refused(body[2])
            return (json.loads(wire.Payload(payload).take(body[3])),)
        return self._say_until(wire.pack(wire.ASK, [number, question, json.dumps(arguments)]), answered, REPEAT_EVERY, deadline)[0]

    def fetch_result(self, job, deadline=15.0):
        number = self.number()

        def answered(kind, body, payload):
            if kind != wire.RESULT or body[0] != number:
                return None
            if not body[2]:
                raise Refused(body[3])
            return (wire.Payload(payload).files(body[4]),)
        return self._say_until(wire.pack(wire.FETCH_RESULT, [number, job]), answered, REPEAT_EVERY, deadline)[0]

    def say_raw(self, frames, deadline=5.0):
        """Sends these frames; the type and fields of the next message. For tests of what a broker refuses."""
        return self._say_until(frames, lambda kind, body, payload: (kind, body), deadline + 1, deadline, raw=True)

    def _say_until(self, frames, wanted, repeat_every, deadline, raw=False):
        ends = time.monotonic() + deadline
        next_send = 0.0
        while time.monotonic() < ends:
            now = time.monotonic()
            if now >= next_send:
                self.socket.send_multipart(frames)
                next_send = now + repeat_every
            if not self.socket.poll(max(1, int(1000 * (min(next_send, ends) - time.monotonic())))):
                continue
            kind, body, payload = wire.unpack(self.socket.recv_multipart())
            if kind == wire.REFUSAL and not raw:
                raise Refused(body[0])
            found = wanted(kind, body, payload)
            if found is not None:
                return found
        raise Unanswered(f"no answer within {deadline} s")
