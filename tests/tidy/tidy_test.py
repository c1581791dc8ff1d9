#!/usr/bin/python3
"""What no compiler checks: the include arrows, calls that a core must not make, sizes of files, and that the page of the
protocol says what the code says. Reads the tree only.

    tests/tidy/tidy_test.py        (ctest runs it; no build is needed)
"""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = {".cpp", ".hpp"}
LINES_MAX, TEST_LINES_MAX = 500, 800


def all_files():
    """Every file that is or will be in the repository; where there is none, everything but build directories."""
    asked = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           capture_output=True, check=False)
    if asked.returncode == 0:
        names = [name for name in asked.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(("build/", ".git/"))]
    return sorted(name for name in names if (ROOT / name).is_file())


FILES = all_files()


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def without_comments(text):
    """Comments become blank; line numbers stay. Strings are kept: nothing that we ban is said in one."""
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found.group(2)


# --- the arrows ---------------------------------------------------------------------------------------------------------

CORES = ("broker/core/", "worker/core/")
CORE_MAY = ("common/base/", "common/protocol/message.hpp", "common/protocol/limits.hpp", "common/protocol/coalesce.hpp")
PROGRAMS = ("broker/", "worker/", "common/", "tests/")


def arrow_fault(file, included):
    """Why `file` may not include `included`, or nothing."""
    ours = included.startswith(PROGRAMS)
    if included.startswith("msgpack") and file != "common/protocol/codec.cpp":
        return "only common/protocol/codec.cpp includes msgpack"
    if not ours or file.startswith("tests/"):
        return None
    if included.startswith("tests/"):
        return "nothing outside tests/ includes a test"
    if file.startswith("common/") and not included.startswith("common/"):
        return "common/ includes neither broker/ nor worker/"
    if file.startswith("broker/") and included.startswith("worker/"):
        return "broker/ never includes worker/"
    if file.startswith("worker/") and included.startswith("broker/"):
        return "worker/ never includes broker/"
    if file.startswith("broker/ctl/") and not included.startswith(("common/", "broker/ctl/")):
        return "the tool includes only common/"
    for core in CORES:
        if file.startswith(core) and not included.startswith((core, *CORE_MAY)):
            return "a core includes itself, common/base and the messages only"
    if file.startswith("common/client/client_core.") and not included.startswith(("common/client/client_core.", *CORE_MAY)):
        return "a core includes itself, common/base and the messages only"
    return None


def arrow_faults(file, text):
    for number, included in includes(text):
        why = arrow_fault(file, included)
        if why:
            yield f"{file}:{number}: {included}: {why}"


# --- what a core must not do ----------------------------------------------------------------------------------------

BANNED = [
    (r"(?<![\w.>])now\s*\(|::now\s*\(", "reads a clock"),
    (r"<random>|\brand\s*\(|\bmt19937", "rolls dice"),
    (r"<thread>|<mutex>|<future>|<atomic>|std::thread", "is single-threaded"),
    (r"<iostream>|<fstream>|\bprintf\s*\(|std::cout", "does no input or output"),
    (r"unordered_", "has an order that depends on addresses"),
    (r"\bsleep\w*\s*\(|sleep_for", "waits"),
    (r"\bthrow\b", "throws"),
]
PURE = (*CORES, "common/base/", "common/client/client_core.", "common/protocol/message.", "common/protocol/coalesce.")


def is_pure(file):
    return file.startswith(PURE) and Path(file).suffix in SOURCE


def banned_faults(file, text):
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for pattern, why in BANNED:
            if re.search(pattern, line):
                yield f"{file}:{number}: {line.strip()}: a core {why}"


# --- the page of the protocol ---------------------------------------------------------------------------------------

def constants_of(text):
    found = re.findall(r"^inline constexpr [\w:]+ (\w+) = ([^;]+);", text, flags=re.M)
    return {name: eval(re.sub(r"(\d)u\b", r"\1", value), {}) for name, value in found}  # numbers and << only


def limits_of_page(page):
    section = page.split("\n## 8. ")[1].split("\n## ")[0]
    return {name: int(value) for name, value in re.findall(r"^\| `(\w+)` \| (-?\d+) \|", section, flags=re.M)}


def rows_below(page, heading):
    """How many numbered rows the first table behind `heading` has."""
    rows = 0
    for line in page.split(heading, 1)[1].splitlines()[1:]:
        if re.match(r"\| \d+ \|", line):
            rows += 1
        elif rows and not line.startswith("|"):
            break
    return rows


class Tidy(unittest.TestCase):
    def none_of(self, faults):
        faults = list(faults)
        self.assertEqual(faults, [], "\n" + "\n".join(faults))

    def test_there_is_something_to_look_at(self):
        self.assertGreater(len(FILES), 100)
        for start in (*CORES, "common/base/", "common/protocol/", "tests/"):
            self.assertTrue(any(file.startswith(start) for file in FILES), start)

    def test_include_arrows(self):
        self.none_of(fault for file in FILES if Path(file).suffix in SOURCE for fault in arrow_faults(file, text_of(file)))

    def test_cores_ask_no_clock_and_roll_no_dice(self):
        self.none_of(fault for file in FILES if is_pure(file) for fault in banned_faults(file, text_of(file)))

    def test_files_are_small(self):
        code = [file for file in FILES if Path(file).suffix in SOURCE | {".py", ".ps1", ".psm1", ".sh"}]
        faults = []
        for file in code:
            lines = text_of(file).count("\n")
            most = TEST_LINES_MAX if file.startswith("tests/") or ".Tests." in file else LINES_MAX
            if lines > most:
                faults.append(f"{file}: {lines} lines, at most {most}; split it")
        self.none_of(faults)

    def test_headers_say_what_they_are(self):
        """Public headers begin with words for the reader, and guard themselves."""
        faults = []
        for file in FILES:
            if Path(file).suffix != ".hpp":
                continue
            text = text_of(file)
            if not text.startswith("//"):
                faults.append(f"{file}: the first line is to say what it is and what it promises")
            if "#pragma once" not in text:
                faults.append(f"{file}: has no #pragma once")
        self.none_of(faults)

    def test_the_powershell_module_has_the_version_of_the_project(self):
        project = re.search(r"^project\(cadre VERSION ([\d.]+)", text_of("CMakeLists.txt"), flags=re.M).group(1)
        self.assertRegex(text_of("scripts/Cadre/Cadre.psd1"), rf"(?m)^\s*ModuleVersion\s*= '{re.escape(project)}'$")

    def test_nothing_is_left_for_later(self):
        later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
        self.none_of(f"{file}:{number}: {line.strip()}" for file in FILES
                     for number, line in enumerate(text_of(file).splitlines(), 1) if later.search(line))

    def test_no_path_of_one_machine(self):
        path = re.compile(r"(?<![\w.])/(?:wo" + r"rk|ho" + r"me/\w+|ro" + r"ot)/")
        self.none_of(f"{file}:{number}: {line.strip()}" for file in FILES
                     for number, line in enumerate(text_of(file).splitlines(), 1) if path.search(line))

    def test_lines_end_clean(self):
        self.none_of(f"{file}:{number}" for file in FILES if Path(file).suffix in SOURCE | {".py", ".cmake"}
                     for number, line in enumerate(text_of(file).split("\n"), 1) if line != line.rstrip() or "\t" in line)


class Protocol(unittest.TestCase):
    page = text_of("common/protocol/PROTOCOL.md")
    fields = text_of("common/protocol/fields.hpp")
    message = text_of("common/protocol/message.cpp")

    def words(self, name):
        body = re.search(name + r"_words\{(.*?)\};", self.message, flags=re.S).group(1)
        return re.findall(r'"(\w*)"', body)

    def begins(self, name):
        return int(re.search(r'io\.begin\((\d+), "' + name + r'"(?:, \d+)?\)', self.fields).group(1))

    def test_limits_are_those_of_the_code(self):
        self.assertEqual(limits_of_page(self.page), constants_of(text_of("common/protocol/limits.hpp")))

    def test_message_numbers_are_those_of_the_code(self):
        listed = re.findall(r"^### (\d+) (\w+) ", self.page, flags=re.M)
        self.assertEqual([name for _, name in listed], self.words("message"))
        self.assertEqual([int(number) for number, _ in listed], list(range(len(listed))))

    def test_every_table_has_the_fields_of_the_code(self):
        for number, name in enumerate(self.words("message")):
            self.assertEqual(rows_below(self.page, f"\n### {number} {name} "), self.begins(name.replace("_", " ")), name)
        for heading, name in [("assignment", "assignment"), ("end", "attempt end"), ("job request", "job"), ("notice", "notice")]:
            self.assertEqual(rows_below(self.page, f"\n| # | {heading} |"), self.begins(name), heading)

    def test_words_are_those_of_the_code(self):
        for row, name in [("role", "role"), ("end", "end"), ("cause", "cause"), ("state", "state"), ("reason", "reason"), ("mode", "mode")]:
            told = re.search(rf"^\| {row} \| (0 .*) \|$", self.page, flags=re.M).group(1)
            words = [word.split(" ", 1)[1] for word in told.split(", ")]
            self.assertEqual(["none" if not word else word for word in self.words(name)], words, row)


class TheRulesThemselves(unittest.TestCase):
    """A rule that nothing can break would be no rule."""

    def faults(self, file, line):
        return list(arrow_faults(file, line)) + (list(banned_faults(file, line)) if is_pure(file) else [])

    def test_they_bite(self):
        for file, line in [("common/net/router.cpp", '#include "broker/core/job.hpp"'),
                           ("broker/main.cpp", '#include "worker/core/worker.hpp"'),
                           ("worker/main.cpp", '#include "broker/core/job.hpp"'),
                           ("broker/core/job.cpp", '#include "common/protocol/codec.hpp"'),
                           ("broker/core/job.cpp", '#include "broker/store/store.hpp"'),
                           ("broker/ctl/main.cpp", '#include "broker/store/store.hpp"'),
                           ("tests/unit/x.cpp", "#include <msgpack.hpp>"),
                           ("broker/core/job.cpp", "auto t = std::chrono::steady_clock::now();"),
                           ("worker/core/worker.cpp", "std::unordered_map<int, int> m;"),
                           ("worker/core/worker.cpp", "const int jitter = rand() % 60;"),
                           ("worker/core/worker.cpp", "#include <thread>")]:
            self.assertEqual(len(self.faults(file, line)), 1, (file, line, self.faults(file, line)))

    def test_they_do_not_bite_the_innocent(self):
        for file, line in [("broker/core/job.cpp", '#include "common/protocol/message.hpp"'),
                           ("broker/core/job.cpp", "int known();  // rand() would not do, nor now()"),
                           ("broker/core/job.cpp", "const Now& now; s.now.boot;"),
                           ("broker/store/x.cpp", '#include "broker/core/facts.hpp"')]:
            self.assertEqual(self.faults(file, line), [], (file, line))


if __name__ == "__main__":
    unittest.main()
