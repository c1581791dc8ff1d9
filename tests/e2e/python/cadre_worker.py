"""A small worker of Cadre, written from common/protocol/PROTOCOL.md alone (section 6, "A worker").

Its engines are Python functions: engine(attempt_number, params, payload, stop) -> bytes; whoever raises Failed fails
with that exit code. Each attempt runs in a thread; `stop` is an event that is set when the attempt is to end.
"""

import queue
import random
import threading
import time

import zmq

import cadre_wire as wire

HELLO_EVERY, REPEAT_EVERY, SILENCE_MAX = 1.0, 2.0, 5.0
LEASE_SHARE = 0.8
MESSAGES_PER_TURN = 64


class Failed(Exception):
    def __init__(self, code, message=""):
        super().__init__(message)
        self.code = code


def clock():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Worker:
    def __init__(self, address, engines, slots=2, keys=None, server_key=None):
        self.address, self.engines, self.slots = address, engines, slots
        self.keys, self.server_key = keys, server_key
        self.instance = random.getrandbits(63) + 1  # a real worker keeps it in its spool
        self.session = random.getrandbits(63) + 1
        self.number = 0
        self.epoch = 0
        self.welcomed = False
        self.lease_ttl, self.beat_every = 60.0, 1.0
        self.next_hello = self.next_beat = 0.0
        self.heard_at = clock()
        self.lease_from = None
        self.said = {}                # number of a hello or beat -> when it was sent
        self.seen = set()             # assign numbers of this epoch
        self.running = {}             # attempt -> its stop event
        self.unwanted = set()
        self.waiting = []             # assignments
        self.retained = {}            # attempt -> [end, output, when it was last sent]
        self.ended = queue.Queue()
        self.starts = []              # every attempt that was ever started: for tests
        self.stopping = threading.Event()
        self.reports_sent = 0
        self.connect()

    def connect(self):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 1000
        if self.server_key:
            self.socket.curve_serverkey = self.server_key
            self.socket.curve_publickey, self.socket.curve_secretkey = self.keys
        self.socket.connect(self.address)

    def run(self):
        """Until `stopping` is set, and what runs has ended and been noted."""
        while True:
            now = clock()
            if self.lease_from is not None and now >= self.lease_from + LEASE_SHARE * self.lease_ttl:
                self.lose_lease()
            # Not until there is nothing more: a job that is given back while we stop comes again at once, and again, until a
            # beat has told that we do.
            for _ in range(MESSAGES_PER_TURN):
                if not self.socket.poll(20):
                    break
                self.hear(*wire.unpack(self.socket.recv_multipart()))
            self.take_ends()
            self.start_what_fits()
            self.tick(clock())
            if self.stopping.is_set():
                for job in self.waiting:
                    self.keep(job[0], wire.NOT_STARTED)
                self.waiting = []
                if not self.running and not self.retained:
                    break
        self.say(wire.GOODBYE, [self.session])
        self.socket.close()

    def say(self, kind, body, payload=b""):
        self.socket.send_multipart(wire.pack(kind, body, payload))

    # --- what it says at its own pace ---

    def tick(self, now):
        if now - self.heard_at >= SILENCE_MAX:
            self.heard_at = now
            self.welcomed = False
            self.socket.close(linger=0)
            self.connect()
        if not self.welcomed and now >= self.next_hello:
            self.next_hello = now + HELLO_EVERY
            self.number += 1
            self.said[self.number] = now
            self.hello_number = self.number
            self.say(wire.HELLO, [1, 1, wire.SOFTWARE, self.instance, self.session, self.number, self.slots, "python",
                                  self.offers(), self.held(), list(map(list, self.retained))])
        if self.welcomed and now >= self.next_beat:
            self.beat(now)
        if self.welcomed:
            for attempt, kept in self.retained.items():
                if now - kept[2] >= REPEAT_EVERY:
                    self.report(attempt, now)

    def beat(self, now):
        self.next_beat = now + self.beat_every
        self.number += 1
        self.said[self.number] = now
        self.say(wire.BEAT, [self.session, self.epoch, self.number, max(self.seen, default=0), self.slots, self.slots,
                             self.stopping.is_set(), "", self.offers(), self.held(), list(map(list, self.retained))])

    def offers(self):
        return [[name, "1", 0, self.slots, self.slots] for name in sorted(self.engines)]

    def held(self):
        return [list(attempt) for attempt in self.running] + [list(job[0]) for job in self.waiting]

    # --- what it hears ---

    def hear(self, kind, body, payload):
        self.heard_at = clock()
        if kind == wire.WELCOME and body[1] >= self.epoch:
            if body[1] != self.epoch:
                self.seen.clear()
            self.epoch, self.welcomed = body[1], True
            self.lease_ttl, self.beat_every = body[5] / 1e6, body[6] / 1e6
            self.lease_from = self.said[self.hello_number]
            self.said = {self.hello_number: self.lease_from}
            self.beat(clock())
        elif kind == wire.GREET and body[0] >= self.epoch:
            self.welcomed = False
        elif kind == wire.BEAT_HEARD and self.welcomed and body[0] == self.epoch and body[1] in self.said:
            self.lease_from = max(self.lease_from or 0, self.said[body[1]])
            self.said = {number: at for number, at in self.said.items() if number > body[1]}
        elif kind == wire.ASSIGN and self.welcomed and body[0] == self.epoch and body[1] == self.session:
            self.take(body[2], payload)
        elif kind == wire.NOTED and body[0] == self.epoch:
            for attempt, _standing in body[1]:
                self.retained.pop(tuple(attempt), None)
        elif kind == wire.ABANDON and body[0] == self.epoch and body[1] == self.session:
            for attempt in map(tuple, body[2]):
                self.waiting = [job for job in self.waiting if job[0] != attempt]
                if attempt in self.running:
                    self.unwanted.add(attempt)
                    self.running[attempt].set()
        elif kind == wire.REFUSAL and body[1]:
            raise RuntimeError("refused: " + body[0])

    def take(self, jobs, payload):
        parts = wire.Payload(payload)
        for job in jobs:
            attempt, number, engine, priority = tuple(job[0]), job[1], job[2], job[3]
            params, data = parts.take(job[8][0]).decode(), parts.take(job[8][1])
            if number in self.seen:
                waits = any(one[0] == attempt for one in self.waiting)
                if attempt in self.retained:
                    self.report(attempt, clock())
                elif attempt not in self.running and not waits:
                    self.keep(attempt, wire.FAILED, "node_lost", message="no memory of how it ended")
                continue
            self.seen.add(number)
            if self.stopping.is_set():
                self.keep(attempt, wire.NOT_STARTED)
            elif engine not in self.engines:
                self.keep(attempt, wire.FAILED, "engine_broken", message=f"no engine '{engine}' here")
            else:
                self.waiting.append((attempt, engine, priority, params, data, clock(), job[4] / 1e6))
        self.waiting.sort(key=lambda job: -job[2])  # stable: then in order of arrival

    # --- running ---

    def start_what_fits(self):
        while self.waiting and len(self.running) < self.slots:
            attempt, engine, _priority, params, data, since, within = self.waiting.pop(0)
            if within and clock() - since >= within:
                self.keep(attempt, wire.NOT_STARTED)
                continue
            stop = threading.Event()
            self.running[attempt] = stop
            self.starts.append(attempt)
            threading.Thread(target=self.work, args=(attempt, engine, params, data, stop), daemon=True).start()

    def work(self, attempt, engine, params, data, stop):
        began = int(time.time() * 1e6)
        try:
            output = self.engines[engine](attempt[1], params, data, stop)
            self.ended.put((attempt, wire.SUCCEEDED, "", 0, "", began, output))
        except Failed as failure:
            self.ended.put((attempt, wire.FAILED, "exit_code", failure.code, str(failure), began, b""))

    def take_ends(self):
        while not self.ended.empty():
            attempt, kind, cause, code, message, began, output = self.ended.get()
            del self.running[attempt]
            if attempt in self.unwanted:
                self.unwanted.discard(attempt)
            else:
                self.keep(attempt, kind, cause, code, message, began, output)

    def lose_lease(self):
        self.lease_from, self.welcomed = None, False
        for job in self.waiting:
            self.keep(job[0], wire.NOT_STARTED)
        self.waiting = []
        for stop in self.running.values():
            stop.set()

    # --- reports ---

    def keep(self, attempt, kind, cause="", code=0, message="", began=0, output=b""):
        files = [["stdout", len(output)]] if output else []
        end = [list(attempt), kind, wire.CAUSES.index(cause), code, message, began, int(time.time() * 1e6), 0, 0, b"", files]
        self.retained[attempt] = [end, output, 0.0]
        if self.welcomed:
            self.report(attempt, clock())

    def report(self, attempt, now):
        kept = self.retained[attempt]
        kept[2] = now
        self.reports_sent += 1
        self.say(wire.REPORT, [self.session, self.epoch, [kept[0]]], kept[1])
