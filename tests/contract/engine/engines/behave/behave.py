#!/usr/bin/env python3
"""An engine that does what params["do"] says, in mode exec or serve (its argument): the subject of the contract tests."""
import json
import os
import signal
import sys


class Failure(Exception):
    def __init__(self, code, message=None, permanent=False):
        self.code, self.message, self.permanent = code, message, permanent


def hang():
    """Until it is killed."""
    while True:
        signal.pause()


def daemonize(pid_file, wipe):
    """A double-forked process with a session of its own that ignores every polite signal. Returns when it is there."""
    told, tell = os.pipe()
    if os.fork() != 0:
        os.close(tell)
        os.read(told, 1)  # a byte; or the end, where it died before
        os.close(told)
        return
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    with open(pid_file + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(pid_file + ".new", pid_file)
    os.write(tell, b"!")
    os.close(tell)
    os.close(told)
    if wipe:
        os.execve("/bin/sleep", ["sleep", "600"], {})
    hang()


def open_descriptors():
    found = []
    for fd in range(256):
        try:
            os.fstat(fd)
            found.append(fd)
        except OSError:
            pass
    return found


def signal_mask():
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return {"blocked": int(fields["SigBlk"], 16), "ignored": int(fields["SigIgn"], 16)}


def behave(payload, params, tell, mode):
    """Returns {name: bytes}, or bytes for the one unnamed result."""
    do = params.get("do", "echo")
    if do == "echo":
        return payload
    if do == "empty":
        return b""
    if do == "files":
        return {"b.bin": payload, "a.txt": b"first", "empty": b""}
    if do == "fail":
        raise Failure(params["code"], params.get("message"), params.get("permanent", False))
    if do == "crash":
        signal.signal(params["signal"], signal.SIG_DFL) if params["signal"] != signal.SIGKILL else None
        os.kill(os.getpid(), params["signal"])
        hang()
    if do == "progress":
        tell(0.5, "half way")
        return b"done"
    if do == "log":
        for _ in range(params["lines"]):
            sys.stderr.write("x" * 99 + "\n")
        sys.stderr.write("last line\n")
        sys.stderr.flush()
        return b""
    if do == "flood":
        block = b"x" * (1 << 20)
        if mode == "serve":
            return block * params["mebibytes"]
        for _ in range(params["mebibytes"]):
            os.write(1, block)
        return None
    if do == "environment":
        return json.dumps(dict(os.environ)).encode()
    if do == "process":
        return json.dumps({"descriptors": open_descriptors(), "pid": os.getpid(), "ppid": os.getppid(),
                           "group": os.getpgrp(), "session": os.getsid(0), "cwd": os.getcwd(), **signal_mask()}).encode()
    if do == "use-memory":
        block = bytearray(params["mebibytes"] << 20)
        for at in range(0, len(block), 4096):
            block[at] = 1
        hang()
    if do in ("hang", "stubborn", "daemon"):
        if do == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if do == "daemon":
            daemonize(params["pid_file"], params.get("wipe", False))
            if not params.get("stay", False):
                return b"left it behind"
        tell(0.1, "here")
        hang()
    raise Failure(64, "unknown: " + do)


def run_exec():
    def tell(fraction, message):
        sys.stderr.write("@job " + json.dumps({"progress": fraction, "message": message}) + "\n")
        sys.stderr.flush()

    with open(os.environ["CADRE_JOB_PARAMS"]) as file:
        params = json.load(file)
    payload = sys.stdin.buffer.read()
    with open(os.environ["CADRE_JOB_INPUT"], "rb") as file:
        if file.read() != payload:
            sys.exit("the input file is not what came on stdin")
    try:
        result = behave(payload, params, tell, "exec")
    except Failure as failure:
        if failure.message:
            sys.stderr.write("@job " + json.dumps({"fail": failure.message, "permanent": failure.permanent}) + "\n")
        sys.exit(failure.code)
    if isinstance(result, dict):
        for name, content in result.items():
            with open(os.path.join(os.environ["CADRE_JOB_OUTPUT_DIR"], name), "wb") as file:
                file.write(content)
    elif result is not None:
        sys.stdout.buffer.write(result)


def run_serve():
    out, source = sys.stdout.buffer, sys.stdin.buffer

    def say(body=b"", **header):
        out.write(json.dumps(header).encode() + b"\n" + body)
        out.flush()

    for line in source:
        header = json.loads(line)
        if header["t"] == "hello":
            say(t="ready", v=1)
        elif header["t"] == "ping":
            say(t="pong")
        elif header["t"] == "bye":
            return
        elif header["t"] == "job":
            job = header["id"]
            payload = source.read(header["bytes"])
            try:
                result = behave(payload, header["params"],
                                lambda f, m: say(t="progress", id=job, progress=f, message=m), "serve")
            except Failure as failure:
                say(t="fail", id=job, code=failure.code, message=failure.message or "")
                continue
            if isinstance(result, dict):
                say(b"".join(result.values()), t="done", id=job,
                    files=[{"name": name, "bytes": len(content)} for name, content in result.items()])
            else:
                say(result, t="done", id=job, bytes=len(result))


if __name__ == "__main__":
    run_exec() if sys.argv[1] == "exec" else run_serve()
