"""Runs engines as a worker does: exec engines with files and environment, serve engines over their stdin and stdout."""

import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass

ENGINES = pathlib.Path(__file__).resolve().parents[2] / "etc" / "engines"
DEADLINE = 60.0

# Nothing of the tester's surroundings: a worker's service has no locale and no Python settings either.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C"}


@dataclass
class Ended:
    code: int
    stdout: bytes
    log: str      # stderr without the @job lines
    said: list    # the @job lines
    files: dict   # result files: name and bytes

    @property
    def fail(self):
        """The reason told to the worker, or None."""
        return next((line["fail"] for line in self.said if "fail" in line), None)


def run_exec(engine, payload, params, env=None):
    """One attempt in a fresh directory."""
    with tempfile.TemporaryDirectory(prefix="attempt-") as scratch:
        work, output = os.path.join(scratch, "work"), os.path.join(scratch, "output")
        os.mkdir(work)
        os.mkdir(output)
        paths = {"INPUT": os.path.join(scratch, "input"), "PARAMS": os.path.join(scratch, "params"), "OUTPUT_DIR": output}
        pathlib.Path(paths["INPUT"]).write_bytes(payload)
        pathlib.Path(paths["PARAMS"]).write_text(params if isinstance(params, str) else json.dumps(params), "utf-8")
        environment = ENVIRONMENT | {f"CADRE_JOB_{key}": value for key, value in paths.items()} | (env or {})
        with open(paths["INPUT"], "rb") as stdin:
            done = subprocess.run([str(ENGINES / engine / engine)], stdin=stdin, capture_output=True, cwd=work,
                                  env=environment, timeout=DEADLINE, check=False)
        files = {path.name: path.read_bytes() for path in pathlib.Path(output).iterdir()}
        left = os.listdir(work)
        assert not left, f"the engine left {left} in its work directory"
    lines = done.stderr.decode("utf-8").splitlines()
    said = [json.loads(line[5:]) for line in lines if line.startswith("@job ")]
    log = "\n".join(line for line in lines if not line.startswith("@job "))
    return Ended(done.returncode, done.stdout, log, said, files)


class Serve:
    """A serve engine and the worker's side of the conversation."""

    def __init__(self, engine, directory=None):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([str((directory or ENGINES / engine) / engine)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, env=ENVIRONMENT, bufsize=0)
        self.engine = engine
        self.buffer = b""
        self.jobs = 0

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()

    def send_raw(self, data):
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view):]

    def send(self, header, payload=b""):
        self.send_raw(json.dumps(header).encode() + b"\n" + payload)

    def _more(self, deadline):
        left = deadline - time.monotonic()
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, left))
        if not ready:
            raise TimeoutError(f"no answer; stderr: {self.errors()}")
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            raise EOFError(f"the engine ended; stderr: {self.errors()}")
        self.buffer += data

    def receive(self):
        """(header, files)."""
        deadline = time.monotonic() + DEADLINE
        while b"\n" not in self.buffer:
            self._more(deadline)
        line, self.buffer = self.buffer.split(b"\n", 1)
        header = json.loads(line)
        files = {}
        for file in header.get("files", []):
            while len(self.buffer) < file["bytes"]:
                self._more(deadline)
            files[file["name"]], self.buffer = self.buffer[:file["bytes"]], self.buffer[file["bytes"]:]
        return header, files

    def hello(self):
        self.send({"t": "hello", "v": 1, "engine": self.engine})
        return self.receive()[0]

    def job(self, payload, params):
        self.jobs += 1
        name = f"1-{self.jobs}"
        self.send({"t": "job", "id": name, "attempt": 1, "engine": self.engine, "params": params,
                   "bytes": len(payload)}, payload)
        header, files = self.receive()
        assert header["id"] == name, header
        return header, files

    def wait(self):
        return self.process.wait(timeout=DEADLINE)

    def errors(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def copy_of(engine):
    """A temporary copy of an engine's directory, for tests that add files to it."""
    target = tempfile.mkdtemp(prefix="engine-")
    shutil.copytree(ENGINES / engine, target, dirs_exist_ok=True)
    return pathlib.Path(target)


def tool(*arguments, stdin=b""):
    return subprocess.run(arguments, input=stdin, capture_output=True, check=True, timeout=DEADLINE).stdout
