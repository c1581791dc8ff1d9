#!/usr/bin/python3
"""PROTOCOL.md against the real broker: a client and a worker that were written from it alone do their work.

CADRE_BIN names the directory of the built programs (ctest sets it).
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import zmq

import cadre_wire as wire
from cadre_client import Client, Refused
from cadre_worker import Failed, Worker

BIN = Path(os.environ["CADRE_BIN"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(true, what, deadline=15.0):
    ends = time.monotonic() + deadline
    while time.monotonic() < ends:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"within {deadline} s it did not happen that {what}")


def upper(_number, _params, payload, _stop):
    return payload.upper()


def params_back(_number, params, _payload, _stop):
    return params.encode()


def second_try(number, _params, _payload, _stop):
    if number == 1:
        raise Failed(3, "not yet")
    return b"at last"


def bad_input(_number, _params, _payload, _stop):
    raise Failed(65, "cannot be read")


def until_stopped(_number, _params, _payload, stop):
    stop.wait(60)
    raise Failed(143, "stopped")


ENGINES = {"upper": upper, "params": params_back, "second": second_try, "bad": bad_input, "slow": until_stopped}


class ProtocolTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        root = Path(cls.directory.name)
        public, secret = zmq.curve_keypair()
        for name, text, mode in [("server.key", secret, 0o600), ("server.pub", public, 0o644)]:
            (root / name).write_text(text.decode() + "\n")
            (root / name).chmod(mode)
        cls.address = f"tcp://127.0.0.1:{free_port()}"
        (root / "node.yaml").write_text(
            "name: master\nrole: master\nmonitor:\n  broker_port: 0\n"
            f"broker:\n  listen: [\"{cls.address}\"]\n  address: \"{cls.address}\"\n"
            f"  secret_key_file: {root}/server.key\n  server_key_file: {root}/server.pub\n")
        cls.log = open(root / "broker.log", "w+")
        cls.broker = subprocess.Popen([BIN / "cadre-broker", "--config", root / "node.yaml", "--memory", "--no-curve"],
                                      stdout=cls.log, stderr=subprocess.STDOUT)
        try:
            cls.start_worker()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def start_worker(cls):
        with Client(cls.address) as client:
            cls.welcome = client.welcome
        cls.worker = Worker(cls.address, ENGINES)
        cls.worker_thread = threading.Thread(target=cls.worker.run, daemon=True)
        cls.worker_thread.start()
        until(lambda: cls.worker.welcomed, "the worker was welcomed")

    @classmethod
    def tearDownClass(cls):
        if hasattr(cls, "worker_thread"):
            cls.worker.stopping.set()
            cls.worker_thread.join(20)
        cls.broker.send_signal(signal.SIGTERM)
        try:
            code = cls.broker.wait(10)
        except subprocess.TimeoutExpired:
            cls.broker.kill()
            code = cls.broker.wait()
        cls.log.seek(0)
        told = cls.log.read()
        cls.log.close()
        cls.directory.cleanup()
        if code != 0:
            raise AssertionError(f"the broker ended with {code}:\n{told}")
        if hasattr(cls, "worker_thread") and cls.worker_thread.is_alive():
            raise AssertionError("the worker did not end: something of it was never noted")

    def setUp(self):
        self.client = Client(self.address)
        self.client.hello()
        self.addCleanup(self.client.socket.close)

    def test_welcome_says_who_we_are(self):
        self.assertEqual(self.welcome["name"], "anyone")
        self.assertEqual(self.welcome["version"], 1)
        self.assertEqual(self.welcome["payload_max"], 8 << 20)

    def test_a_job_succeeds_and_its_result_comes_with_the_notice(self):
        answer = self.client.submit("success", "upper", b"hello")
        self.assertEqual(answer["standing"], "accepted")
        notice = self.client.wait(answer["job"])
        self.assertEqual((notice["state"], notice["attempt"], notice["node"]), ("done", 1, "python"))
        self.assertEqual(notice["files"], {"stdout": b"HELLO"})
        self.assertEqual(self.client.fetch_result(answer["job"]), {"stdout": b"HELLO"})

    def test_parameters_and_a_large_payload_arrive_whole(self):
        payload = bytes(range(256)) * (20 << 10)  # 5 MiB: more than the payload frame of a message with several jobs
        answer = self.client.submit("large", "upper", payload)
        self.assertEqual(self.client.wait(answer["job"])["files"]["stdout"], payload.upper())
        answer = self.client.submit("params", "params", b"x", params='{"wanted": "größer"}')
        self.assertEqual(self.client.wait(answer["job"])["files"]["stdout"].decode(), '{"wanted": "größer"}')

    def test_a_failed_attempt_is_told_and_tried_again(self):
        answer = self.client.submit("second", "second", attempts=2, backoff=0.2)
        notice = self.client.wait(answer["job"])
        self.assertEqual((notice["state"], notice["attempt"]), ("done", 2))
        self.assertEqual([(one["attempt"], one["cause"], one["code"]) for one in notice["failures"]], [(1, "exit_code", 3)])
        shown = self.client.ask("job.show", job=wire.job_name(answer["job"]))
        self.assertEqual([one["end"]["result"] for one in shown["attempts"]], ["failed", "succeeded"])

    def test_bad_input_is_dead_at_once(self):
        answer = self.client.submit("bad", "bad", attempts=5)
        notice = self.client.wait(answer["job"])
        self.assertEqual((notice["state"], notice["reason"], notice["attempt"], notice["code"]), ("dead", "bad_input", 1, 65))
        with self.assertRaisesRegex(Refused, "dead"):
            self.client.fetch_result(answer["job"])

    def test_a_repeat_under_the_same_key_is_the_same_job(self):
        first = self.client.submit("again", "upper", b"once")
        second = self.client.submit("again", "upper", b"once")
        self.assertEqual((second["standing"], second["job"]), ("repeat", first["job"]))
        self.client.wait(first["job"])
        starts = [attempt for attempt in self.worker.starts if attempt[0] == first["job"]]
        self.assertEqual(starts, [(first["job"], 1)])

    def test_the_same_key_for_another_payload_is_refused(self):
        first = self.client.submit("conflict", "upper", b"one")
        second = self.client.submit("conflict", "upper", b"two")
        self.assertEqual(second["standing"], "refused")
        self.assertIn("key_conflict", second["reason"])
        self.assertIn(wire.job_name(first["job"]), second["reason"])

    def test_cancel_of_a_waiting_job(self):
        later = int((time.time() + 3600) * 1e6)
        answer = self.client.submit("later", "upper", not_before=later)
        self.assertEqual(self.client.cancel(answer["job"]), "cancelled")
        self.assertEqual(self.client.cancel(answer["job"]), "cancelled")
        self.assertEqual(self.client.wait(answer["job"])["state"], "cancelled")
        self.assertNotIn((answer["job"], 1), self.worker.starts)

    def test_cancel_of_a_running_job_stops_it(self):
        answer = self.client.submit("slow", "slow")
        attempt = (answer["job"], 1)
        until(lambda: attempt in self.worker.running, "the job ran")
        self.assertEqual(self.client.cancel(answer["job"]), "cancelled")
        until(lambda: attempt not in self.worker.running, "the worker stopped it")

    def test_what_is_unknown(self):
        self.assertTrue(self.client.wait((9 << 40) + 1)["unknown"])
        self.assertEqual(self.client.cancel((9 << 40) + 1), "unknown")
        with self.assertRaisesRegex(Refused, "there is no job"):
            self.client.ask("job.show", job="9-1")
        with self.assertRaisesRegex(Refused, "does not know the question"):
            self.client.ask("no.such.question")

    def test_questions(self):
        answer = self.client.submit("asked", "upper", b"x")
        self.client.wait(answer["job"])
        status = self.client.ask("status")
        self.assertTrue(status["working"])
        self.assertEqual(status["nodes_up"], 1)
        self.assertGreaterEqual(status["since_start"]["done"], 1)
        node, = self.client.ask("node.list")
        self.assertEqual((node["node"], node["state"], node["slots"]), ("python", "ready", 2))
        self.assertEqual([engine["engine"] for engine in node["engines"]], sorted(ENGINES))
        self.assertEqual(sorted(engine["engine"] for engine in self.client.ask("engine.list")), sorted(ENGINES))
        listed = self.client.ask("job.list", state="done", limit=100)["jobs"]
        self.assertIn("asked", [job["key"] for job in listed])
        self.assertIn("it has ended", self.client.ask("job.why", job="key:asked")["why"])

    def test_retry_makes_a_new_job_once(self):
        answer = self.client.submit("retried", "upper", b"again")
        self.client.wait(answer["job"])
        name = wire.job_name(answer["job"])
        first = self.client.ask("job.retry", job=name)
        second = self.client.ask("job.retry", job=name)
        self.assertEqual(second["job"], first["job"])
        self.assertNotEqual(first["job"], name)
        self.assertTrue(second["repeat"])

    def test_nonsense_is_refused_with_the_field_and_ends_nothing(self):
        for frames, said in [([b"\xc1"], "not a msgpack message"),
                             (wire.pack(wire.CANCEL, ["x"]), "wanted a list"),
                             (wire.pack(99, []), "message type"),
                             (wire.pack(wire.CANCEL, [[1]], b"left over"), "payload frame"),
                             (wire.pack(wire.WELCOME, [1, 1, "", "x", 0, 0, 0, 0, ""]), "may not say 'welcome'")]:
            kind, body = self.client.say_raw(frames)
            self.assertEqual((kind, body[1]), (wire.REFUSAL, True))
            self.assertIn(said, body[0])
        newer = wire.pack(wire.CANCEL, [[(9 << 40) + 1], "a field of a newer peer"])
        self.assertEqual(self.client.say_raw(newer)[0], wire.CANCELLED)


if __name__ == "__main__":
    if not (BIN / "cadre-broker").exists():
        sys.exit(f"{BIN}/cadre-broker is not there; build the target `broker` first")
    unittest.main()
