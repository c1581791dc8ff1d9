"""The content engine speaks its contract byte by byte, prints what it is given, and refuses what nobody could read."""

import json
import pathlib
import re
import shutil
import tempfile
import unittest

from harness import Serve, copy_of, tool

RECORD = {"name": "Poland", "alpha_2": "PL", "alpha_3": "POL", "numeric": "616", "name_local": "Polska", "language": "pl"}
LETTER = {"template": "letter.template", "values": {"date": "24 November 2026"}}
PLAIN = "@text x=20 y=20 width=170\n"


def text_of(pdf):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        info = tool("pdfinfo", file.name).decode()
        assert re.search(r"Pages:\s+1\n", info), info
        assert "A4" in info, info
        return tool("pdftotext", file.name, "-").decode()


class Case(unittest.TestCase):
    """One process for each test: a fresh one costs less than a doubt."""

    def setUp(self):
        self.serve = Serve("content")
        self.addCleanup(self.serve.__exit__)
        self.assertEqual(self.serve.hello(), {"t": "ready", "v": 1})

    def page(self, record, params):
        """The text of the page."""
        payload = record if isinstance(record, bytes) else json.dumps(record).encode()
        header, files = self.serve.job(payload, params)
        self.assertEqual(header["t"], "done", header)
        self.assertEqual(list(files), ["page.pdf"])
        return text_of(files["page.pdf"])

    def plain(self, text, record=None, **params):
        return self.page(record or {}, {"template_text": PLAIN + text} | params).strip()

    def refused(self, record, params):
        payload = record if isinstance(record, bytes) else json.dumps(record).encode()
        header, files = self.serve.job(payload, params)
        self.assertEqual((header["t"], header.get("code"), files), ("fail", 65, {}), header)
        return header["message"]


class Letters(Case):
    def test_the_letter_reads_in_order(self):
        text = self.page(RECORD, LETTER)
        at = -1
        for part in ("Country Code Register", "12 Harbour Street", "Postal Administration", "Poland", "Polska",
                     "24 November 2026", "Our reference: 616/POL", "Your entry in the register", "Dear colleagues,",
                     "Name: Poland", "Two letters: PL", "Three letters: POL", "Number: 616", "Yours sincerely,",
                     "Państwa wpis w rejestrze", "Szanowni Państwo,", "Nazwa: Polska", "Dwie litery: PL",
                     "Trzy litery: POL", "Numer: 616", "Z poważaniem", "M. Lindqvist"):
            found = text.find(part, at + 1)
            self.assertGreater(found, at, f"'{part}' is not where it belongs in:\n{text}")
            at = found

    def test_four_languages(self):
        for language, local, wanted in (("el", "Ελλάδα", "Αξιότιμες κυρίες, αξιότιμοι κύριοι,"),
                                        ("uk", "Україна", "Шановні колеги!"), ("ja", "日本国", "登録内容のご確認"),
                                        ("pl", "Żółć, gęślą jaźń", "Szanowni Państwo,")):
            text = self.page(RECORD | {"language": language, "name_local": local}, LETTER)
            self.assertIn(wanted, text)
            self.assertEqual(text.count(local), 2, text)

    def test_a_language_without_a_letter(self):
        self.assertEqual(self.refused(RECORD | {"language": "de"}, LETTER),
                         "letter.template:4: wanted 'language' to be one of pl, el, uk, ja, found 'de'")

    def test_at_least_fifty_pages_a_second(self):
        payload = json.dumps(RECORD | {"language": "ja", "name_local": "日本国"}).encode()
        self.serve.job(payload, LETTER)
        before, count = self.serve.cpu_seconds(), 150
        for _ in range(count):
            self.assertEqual(self.serve.job(payload, LETTER)[0]["t"], "done")
        # Its own time, not the clock's: other work on this machine does not count.
        self.assertLess(self.serve.cpu_seconds() - before, count / 50)


class Glyphs(Case):
    def test_a_character_that_no_font_has_is_named(self):
        character = "\U0010fffd"  # for private use: no font of a distribution has it
        reason = self.refused(RECORD | {"name_local": f"Pol{character}ska"}, LETTER)
        self.assertRegex(reason, r"^letter.template:\d+: no installed font has \S+ \(U\+10FFFD unnamed\); install one")

    @unittest.skipIf(tool("fc-list", ":charset=13000").strip(), "a font for hieroglyphs is installed here")
    def test_it_is_named_in_words(self):
        self.assertIn("𓀀 (U+13000 EGYPTIAN HIEROGLYPH A001), 𓀁 (U+13001 EGYPTIAN HIEROGLYPH A002)",
                      self.refused({"x": "a𓀀b𓀁c𓀀"}, {"template_text": PLAIN + "{{x}}"}))

    def test_the_next_job_is_not_touched(self):
        self.refused({"x": "\U0010fffd"}, {"template_text": PLAIN + "{{x}}"})
        self.assertEqual(self.plain("{{x}}", {"x": "fine"}), "fine")


class Templates(Case):
    def test_values_are_escaped(self):
        self.assertEqual(self.plain("<b>{{x}}</b> &amp; {{ y }}", {"x": "<i>A&B</i>", "y": "\"q\" 'r' {{x}}"}),
                         "<i>A&B</i> & \"q\" 'r' {{x}}")

    def test_numbers_keep_their_digits(self):
        self.assertEqual(self.plain("{{a}} {{b}} {{c}}", b'{"a": 1234.50, "b": 12345678901234567890, "c": 1e5}'),
                         "1234.50 12345678901234567890 1e5")

    def test_the_record_is_asked_before_the_values(self):
        self.assertEqual(self.plain("{{a}} {{b}} {{c}}", {"a": "one"}, values={"a": "x", "b": "two", "c": 37}), "one two 37")

    def test_a_placeholder_without_a_value_is_named(self):
        self.assertEqual(self.refused({"nam": "x"}, {"template_text": PLAIN + "Dear {{name}}"}),
                         "template_text:1: the record has no 'name'; it has nam")
        self.assertEqual(self.refused({"a": None}, {"template_text": PLAIN + "{{a}}"}),
                         "template_text:1: 'a': wanted a text or a number, found null")
        self.assertEqual(self.refused({"a": [1]}, {"template_text": PLAIN + "{{a}}"}),
                         "template_text:1: 'a': wanted a text or a number, found a list or object")

    def test_what_cannot_be_printed(self):
        for text, code in (("\u0007", "0007"), ("\u0000", "0000"), ("\ud800", "D800"), ("\uffff", "FFFF")):
            self.assertEqual(self.refused({"a": text}, {"template_text": PLAIN + "{{a}}"}),
                             f"template_text:1: 'a': has the character U+{code}, which cannot be printed")

    def test_what_does_not_fit(self):
        self.assertRegex(self.refused({"a": "word " * 3000}, {"template_text": PLAIN + "{{a}}"}),
                         r"template_text:1: does not fit on the page: it ends at \d+ mm, the page's text at 282 mm")
        self.assertRegex(self.refused({"a": "word " * 30}, {"template_text": "@text x=1 y=1 width=20 height=20\n{{a}}"}),
                         r"template_text:1: the text is \d+ mm high, its place 20 mm")

    def test_when(self):
        text = ("@text x=20 y=20 width=99\nboth\n@text x=20 y=+2 width=99 when=k:a,b\nab {{x}}\n"
                "@text x=20 y=+2 width=99 when=k:c\nc {{y}}")
        self.assertEqual(self.page({"k": "b", "x": "one"}, {"template_text": text}).split(), ["both", "ab", "one"])
        self.assertEqual(self.page({"k": "c", "y": "two"}, {"template_text": text}).split(), ["both", "c", "two"])
        self.assertEqual(self.refused({}, {"template_text": text}), "template_text:3: the record has no 'k'; it has nothing")

    def test_faults_of_the_template_have_their_line(self):
        for text, reason in (("@txt x=1", "template_text:1: wanted @page, @require, @text, @rule or @#, found @txt"),
                             ("@#\n@text x=1 y=1", "template_text:2: @text needs width="),
                             ("@text x=1 y=1 width=9 colour=red", "template_text:1: @text knows no 'colour'; it knows"),
                             ("@text x=a y=1 width=9", "template_text:1: x: wanted millimetres such as 25 or 2.5, found 'a'"),
                             ("@text x=1 y=1 width=9 color=red", "template_text:1: color: wanted #rrggbb, found 'red'"),
                             ("@text x=1 y=1 width=9 align=up", "template_text:1: align: wanted left, right or center"),
                             ("@text x=1 y=1 width=9 font=\"A", "template_text:1: No closing quotation"),
                             ("@page width=99", "template_text: has no @text and no @rule block"),
                             ("Hello", "template_text:1: text that belongs to no @text block"),
                             (PLAIN + "<b>x", "template_text:1: not valid markup: "),
                             (PLAIN + "{{a b}}", "template_text:1: '{{' begins no placeholder")):
            self.assertIn(reason, self.refused({}, {"template_text": text}), text)

    def test_templates_stay_inside_of_the_engine(self):
        for name in ("../content.template", "/etc/passwd", "", 7, None):
            self.assertIn("parameter 'template'", self.refused({}, {"template": name}))
        self.assertEqual(self.refused({}, {"template": "none.template"}),
                         "parameter 'template': 'none.template' cannot be read: No such file or directory")

    def test_other_parameters(self):
        self.assertIn("parameter 'templat' is unknown", self.refused({}, {"templat": "x"}))
        self.assertIn("parameter 'values': wanted a JSON object", self.refused({}, {"template_text": PLAIN, "values": []}))
        self.assertIn("parameter 'template_text': wanted a text", self.refused({}, {"template_text": 7}))

    def test_records_that_are_none(self):
        params = {"template_text": PLAIN + "x"}
        for payload in (b"", b"{", b"\xff", b"[" * 100000, b'{"a": 1}{'):
            self.assertIn("the record is not valid JSON in UTF-8", self.refused(payload, params))
        self.assertIn("wanted a record (a JSON object)", self.refused(b"[1]", params))


class ChangedTemplates(unittest.TestCase):
    def test_a_template_is_read_again_when_it_changes(self):
        directory = copy_of("content")
        self.addCleanup(shutil.rmtree, directory)
        path = pathlib.Path(directory) / "t.template"
        with Serve("content", directory) as serve:
            serve.hello()
            for word in ("first", "second one"):
                path.write_text(PLAIN + word, "utf-8")
                _, files = serve.job(b"{}", {"template": "t.template"})
                self.assertEqual(text_of(files["page.pdf"]).strip(), word)


class Conversation(Case):
    def test_ping_cancel_and_bye(self):
        self.serve.send({"t": "ping"})
        self.assertEqual(self.serve.receive()[0], {"t": "pong"})
        self.serve.send({"t": "cancel", "id": "1-9"})
        self.serve.send({"t": "new kind", "bytes": 3}, b"{x\n")  # skipped whole
        self.serve.send({"t": "ping"})
        self.assertEqual(self.serve.receive()[0], {"t": "pong"})
        self.serve.send({"t": "bye"})
        self.assertEqual(self.serve.wait(), 0)
        self.assertEqual(self.serve.buffer, b"")

    def test_jobs_sent_ahead_are_answered_in_order(self):
        params = {"template_text": PLAIN + "{{x}}"}
        for number in range(20):
            payload = json.dumps({"x": f"n{number}"} if number != 7 else {}).encode()
            self.serve.send({"t": "job", "id": f"1-{number}", "attempt": 1, "engine": "content", "params": params,
                             "bytes": len(payload)}, payload)
        for number in range(20):
            header, files = self.serve.receive()
            self.assertEqual(header["id"], f"1-{number}")
            self.assertEqual(header["t"], "fail" if number == 7 else "done")
            if number != 7:
                self.assertEqual(text_of(files["page.pdf"]).strip(), f"n{number}")

    def test_the_end_of_the_stream_is_a_goodbye(self):
        self.serve.process.stdin.close()
        self.assertEqual(self.serve.wait(), 0)

    def test_what_is_no_message_ends_it(self):
        for data in (b"hello\n", b"[]\n", b'{"t": "job", "bytes": -1}\n', b'{"t": "job", "bytes": "1"}\n'):
            with Serve("content") as serve:
                serve.hello()
                serve.send_raw(data)
                self.assertEqual(serve.wait(), 76, data)
                self.assertIn("content: wanted", serve.errors())

    def test_a_payload_cut_short_ends_it(self):
        self.serve.send({"t": "job", "id": "1-1", "params": {}, "bytes": 10}, b"{}")
        self.serve.process.stdin.close()
        self.assertEqual(self.serve.wait(), 76)
        self.assertIn("wanted 10 bytes, found 2 before the end", self.serve.errors())

    def test_another_version_is_refused(self):
        with Serve("content") as serve:
            serve.send({"t": "hello", "v": 2, "engine": "content"})
            self.assertEqual(serve.wait(), 76)


if __name__ == "__main__":
    unittest.main()
