"""The datamapper reads what people really send, refuses what it does not understand, and says exactly where."""

import csv
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

from harness import ENGINES, ENVIRONMENT, run_exec

# As a German Excel writes it: semicolons, CRLF, cells with line breaks (LF), doubled quotes, decimal commas.
EXCEL = ('Kunde;Betrag;Datum;Bemerkung\r\n'
         '"Müller & Söhne";1.234,50;24.11.2026;"erste Zeile\nzweite; mit ""Anführung"""\r\n'
         'Groß;2,5;1.12.2026;\r\n'
         ';;;\r\n'
         'Weiß;-7;02.01.2027;"€ 5"\r\n')
EXCEL_TYPES = {"Betrag": "number", "Datum": "date"}
EXCEL_LINES = [
    '{"Kunde": "Müller & Söhne", "Betrag": 1234.50, "Datum": "2026-11-24", '
    '"Bemerkung": "erste Zeile\\nzweite; mit \\"Anführung\\""}',
    '{"Kunde": "Groß", "Betrag": 2.5, "Datum": "2026-12-01", "Bemerkung": ""}',
    '{"Kunde": "Weiß", "Betrag": -7, "Datum": "2027-01-02", "Bemerkung": "€ 5"}',
]


class Case(unittest.TestCase):
    def lines(self, payload, params=None):
        """The lines of records.jsonl."""
        payload = payload.encode() if isinstance(payload, str) else payload
        ended = run_exec("datamapper", payload, {} if params is None else params)
        self.assertEqual(ended.code, 0, ended.log)
        self.assertEqual(list(ended.files), ["records.jsonl"])
        self.assertEqual(ended.stdout, b"")
        text = ended.files["records.jsonl"].decode("utf-8")
        self.assertTrue(text == "" or text.endswith("\n"))
        return text.split("\n")[:-1]

    def records(self, payload, params=None):
        return [json.loads(line) for line in self.lines(payload, params)]

    def refused(self, payload, params=None, code=65):
        """The reason. The worker and people get the same sentence, and no result is left."""
        payload = payload.encode() if isinstance(payload, str) else payload
        ended = run_exec("datamapper", payload, {} if params is None else params)
        self.assertEqual(ended.code, code, ended.log)
        self.assertEqual((ended.files, ended.stdout), ({}, b""))
        self.assertEqual(len(ended.said), 1)
        self.assertEqual(ended.said[0]["permanent"], code == 65)
        self.assertNotIn("Traceback", ended.log)
        return ended.fail


class Excel(Case):
    def test_utf8_with_byte_order_mark(self):
        self.assertEqual(self.lines(EXCEL.encode("utf-8-sig"), {"types": EXCEL_TYPES}), EXCEL_LINES)

    def test_windows_1252_without(self):
        self.assertEqual(self.lines(EXCEL.encode("windows-1252"), {"types": EXCEL_TYPES}), EXCEL_LINES)

    def test_utf16(self):
        self.assertEqual(self.lines(EXCEL.encode("utf-16"), {"types": EXCEL_TYPES}), EXCEL_LINES)

    def test_tabs(self):
        self.assertEqual(self.records("a\tb\n1,5\tx\n2,5\ty\n"), [{"a": "1,5", "b": "x"}, {"a": "2,5", "b": "y"}])

    def test_separator_line(self):
        self.assertEqual(self.records("sep=|\r\na;x|b\r\n1|2\r\n"), [{"a;x": "1", "b": "2"}])
        self.assertEqual(self.refused("sep=|\r\na|b\r\n1|x\r\n", {"types": {"b": "number"}, "name": "s.csv"}),
                         "s.csv:3:3: column 'b': wanted a number, found 'x'")

    def test_the_line_is_the_physical_one_after_cells_with_breaks(self):
        broken = EXCEL.replace(";-7;", ";zwölf;")
        for encoding in ("utf-8-sig", "windows-1252", "utf-16"):
            self.assertEqual(self.refused(broken.encode(encoding), {"types": EXCEL_TYPES, "name": "kunden.csv"}),
                             "kunden.csv:6:6: column 'Betrag': wanted a number, found 'zwölf'")

    def test_a_cell_behind_a_break_counts_from_its_own_line(self):
        self.assertEqual(self.refused('a;b\n"x\ny";z\n', {"types": {"b": "integer"}, "name": "f"}),
                         "f:3:4: column 'b': wanted a whole number, found 'z'")

    def test_old_line_ends(self):
        self.assertEqual(self.refused("a;b\r1;2\r1;x\r", {"types": {"b": "integer"}, "name": "f"}),
                         "f:3:3: column 'b': wanted a whole number, found 'x'")

    def test_empty_columns_at_the_right(self):
        self.assertEqual(self.records("a;b;;\n1;2;;\n"), [{"a": "1", "b": "2"}])
        self.assertEqual(self.refused("a;b;;\n1;2;;x\n", {"name": "f"}),
                         "f:2:6: column 4 has no name in the header, but the value 'x'")


class Csv(Case):
    def test_comma_and_pipe(self):
        self.assertEqual(self.records("a,b\n1,2\n"), [{"a": "1", "b": "2"}])
        self.assertEqual(self.records("a|b\n1|2\n"), [{"a": "1", "b": "2"}])

    def test_a_delimiter_inside_of_quotes_does_not_mislead(self):
        self.assertEqual(self.records('a,b\n"x;y;z",1\n"p;q;r",2\n'), [{"a": "x;y;z", "b": "1"}, {"a": "p;q;r", "b": "2"}])

    def test_one_column(self):
        self.assertEqual(self.records("a\nx\n\ny"), [{"a": "x"}, {"a": "y"}])

    def test_without_header(self):
        self.assertEqual(self.records("1;2\n3;4\n", {"header": False}),
                         [{"column1": "1", "column2": "2"}, {"column1": "3", "column2": "4"}])

    def test_parameters_rule_over_what_is_detected(self):
        self.assertEqual(self.records("a;b,c\n1;2,3\n", {"delimiter": ","}), [{"a;b": "1;2", "c": "3"}])
        self.assertEqual(self.records("a\nß\n".encode("iso-8859-1"), {"encoding": "iso-8859-5"}), [{"a": "п"}])

    def test_width(self):
        self.assertEqual(self.refused("a;b\n1;2;3\n", {"name": "f"}), "f:2:5: wanted 2 cells, found 3")
        self.assertEqual(self.refused("a;b\n1;2\n1\n", {"name": "f"}), "f:3:1: wanted 2 cells, found only 1")

    def test_quotes(self):
        self.assertEqual(self.refused('a;b\n1;"x\ny\n', {"name": "f"}), "f:2:3: the quote that opens here is never closed")
        self.assertEqual(self.refused('a;b\n1;"x\ny"z;2\n', {"delimiter": ";", "name": "f"}),
                         "f:3:3: wanted the end of the cell after its closing quote, found 'z;2'")
        self.assertEqual(self.records('a;b\n5" pipe;""\n'), [{"a": '5" pipe', "b": ""}])

    def test_header(self):
        self.assertEqual(self.refused("a;b;a\n1;2;3\n", {"name": "f"}), "f:1:5: the column name 'a' stands there twice")
        self.assertEqual(self.lines("a;b\n"), [])

    def test_undecided(self):
        self.assertEqual(self.refused("a;b,c\n1;2;3\n4,5\n", {"name": "f"}),
                         "f: cannot tell the delimiter, no sign divides all rows alike; give parameter 'delimiter'")

    def test_encodings(self):
        self.assertEqual(self.refused(b"a;b\nx;\x81\n", {"name": "f"}),
                         "f:2:3: byte 0x81 is not windows-1252; give parameter 'encoding'")
        self.assertEqual(self.refused("a;b\nxü;ö\n".encode("windows-1252"), {"name": "f", "encoding": "utf-8"}),
                         "f:2:2: byte 0xfc is not utf-8")
        self.assertIn("NUL bytes", self.refused("a;b".encode("utf-16-le")))

    def test_empty(self):
        self.assertEqual(self.refused("", {"name": "f"}), "f: is empty")
        self.assertEqual(self.refused(" \n\n", {"name": "f"}), "f: is empty")


class Places(unittest.TestCase):
    def test_what_a_spreadsheet_writes_is_read_back_with_the_place_of_every_cell(self):
        """Against Python's own writer: whatever the cells hold, they come back, and each stands where it is said to."""
        sys.path.insert(0, str(ENGINES / "datamapper"))
        import csv_reader
        chance = random.Random(20261124)
        pieces = ["a", "ü", "1,5", '"', ";", ",", "\t", "|", "\n", "\r\n", "\r", " ", "日本", ""]
        for turn in range(500):
            delimiter = chance.choice(";,\t|")
            # Python's writer leaves a lone CR bare where lines end with LF alone: then it must quote everything.
            end, quoting = chance.choice([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)])
            table = [["".join(chance.choices(pieces, k=chance.randrange(5))) for _ in range(chance.randrange(2, 5))]
                     for _ in range(chance.randrange(1, 6))]
            out = io.StringIO()
            csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
            rows = list(csv_reader.rows(out.getvalue(), delimiter, "f"))
            self.assertEqual([[cell.text for cell in row] for row in rows], table, f"turn {turn}")
            lines = re.split("\r\n|\r|\n", out.getvalue())
            for row in rows:
                for cell in row:
                    rest = "\n".join([lines[cell.line - 1][cell.column - 1:], *lines[cell.line:]])
                    text = re.sub("\r\n|\r", "\n", cell.text)
                    self.assertTrue(rest.startswith((text, '"' + text.replace('"', '""') + '"')), f"turn {turn}: {cell}")


class Types(Case):
    def number(self, *cells, **params):
        text = "n;x\n" + "".join(f"{cell};y\n" for cell in cells)
        return [line[6:line.index(", \"x\"")] for line in self.lines(text, {"types": {"n": "number"}} | params)]

    def test_numbers_keep_their_digits(self):
        self.assertEqual(self.number("1.234.567,10", "0,5", "+3", "-0007"), ["1234567.10", "0.5", "3", "-7"])
        long = "12345678901234567890.123456789"
        self.assertEqual(self.number("1,234.50", long), ["1234.50", long])
        self.assertEqual(self.number("1 234,5", "1\u00a0234,5", ""), ["1234.5", "1234.5", "null"])

    def test_what_may_be_either_is_refused_until_someone_says(self):
        self.assertEqual(self.refused("n;x\n1.234;\n", {"types": {"n": "number"}, "name": "f"}),
                         "f:2:1: column 'n': '1.234' may be a fraction or thousands; give parameter 'decimal'")
        self.assertEqual(self.number("1.234", decimal=","), ["1234"])
        self.assertEqual(self.number("1.234", decimal="."), ["1.234"])
        self.assertEqual(self.number("1.234", "0,5"), ["1234", "0.5"])

    def test_two_signs_in_one_file(self):
        self.assertEqual(self.refused("n;x\n1,5;\n1.5;\n", {"types": {"n": "number"}, "name": "f"}),
                         "f:3:1: column 'n': '1.5' has the decimal sign '.', '1,5' in line 2 has ','; give parameter "
                         "'decimal'")

    def test_what_is_no_number(self):
        for cell in ("zwölf", "1,2,3", "1e5", "0x10", "--1", "1.23.456,0", "٣", "5 EUR"):
            self.assertEqual(self.refused(f"n;x\n{cell};\n", {"types": {"n": "number"}, "name": "f", "decimal": ","}),
                             f"f:2:1: column 'n': wanted a number, found '{cell}'")
        self.assertEqual(self.refused("n;x\n1,5;\n", {"types": {"n": "integer"}, "name": "f"}),
                         "f:2:1: column 'n': wanted a whole number, found '1,5'")

    def test_dates(self):
        records = self.records("d;x\n2026-11-24;\n1.2.2026;\n;\n29.02.2028;1\n", {"types": {"d": "date"}})
        self.assertEqual([record["d"] for record in records], ["2026-11-24", "2026-02-01", "2028-02-29"])
        for cell in ("29.02.2026", "24/11/2026", "24.11.26", "2026-13-01", "heute"):
            self.assertEqual(self.refused(f"d;x\n{cell};\n", {"types": {"d": "date"}, "name": "f"}),
                             f"f:2:1: column 'd': wanted a date (2026-11-24 or 24.11.2026), found '{cell}'")

    def test_required(self):
        self.assertEqual(self.refused("a;b\n1;2\n3; \n", {"required": ["b"], "name": "f"}),
                         "f:3:3: column 'b': is required, found nothing")

    def test_all_bad_cells_come_at_once(self):
        ended = run_exec("datamapper", b"a;b\nx;1\ny;z\n", {"types": {"a": "integer", "b": "integer"}, "name": "f"})
        self.assertEqual(ended.code, 65)
        self.assertEqual(ended.log.splitlines(), ["f:2:1: column 'a': wanted a whole number, found 'x'",
                                                  "f:3:1: column 'a': wanted a whole number, found 'y'",
                                                  "f:3:3: column 'b': wanted a whole number, found 'z'"])
        self.assertEqual(ended.fail, "f:2:1: column 'a': wanted a whole number, found 'x' (and 2 more)")

    def test_a_cell_cannot_speak_to_the_worker(self):
        reason = self.refused('a;b\n1;"x\n@job {""progress"": 1}"\n', {"types": {"b": "number"}, "name": "f"})
        self.assertEqual(reason, "f:2:3: column 'b': wanted a number, found 'x\\n@job {\"progress\": 1}'")

    def test_parameters_that_name_no_column(self):
        self.assertEqual(self.refused("a;b\n1;2\n", {"types": {"c": "number"}, "name": "f"}),
                         "parameter 'types': there is no column 'c' in f; there is a, b")
        self.assertIn("there is no column 'c'", self.refused("a;b\n1;2\n", {"required": ["c"]}))


class Json(Case):
    def test_a_list_a_root_and_lines(self):
        wanted = [{"a": 1}, {"a": "ü"}]
        for payload, params in (('[{"a": 1}, {"a": "ü"}]', {}),
                                ('{"n": 2, "items": [{"a": 1}, {"a": "ü"}]}', {}),
                                ('{"x": [{}], "3166-1": [{"a": 1}, {"a": "ü"}]}', {"root": "3166-1"}),
                                ('{"x": {"y.z": [{"a": 1}, {"a": "ü"}]}}', {"root": "x.y.z"}),
                                ('{"x": {"y.z": [{"a": 1}, {"a": "ü"}]}}', {"root": ["x", "y.z"]}),
                                ('{"a": 1}\n\n{"a": "ü"}\n', {})):
            self.assertEqual(self.records(payload, params), wanted, payload)
        self.assertEqual(self.records('{"a": 1}'), [{"a": 1}])

    def test_what_is_not_json(self):
        self.assertEqual(self.refused('[{"a": 1},\n {"a": }]', {"name": "f.json"}),
                         "f.json:2:8: not valid JSON: expecting value")
        self.assertEqual(self.refused('{"a": 1}\n{"a" 2}\n', {"name": "f"}),
                         "f:2:6: not valid JSON: expecting ':' delimiter")
        self.assertEqual(self.refused('[{"a": 1, "a": 2}]', {"name": "f"}), "f: the key 'a' stands twice in one object")
        self.assertEqual(self.refused('[{"a": NaN}]', {"name": "f"}), "f: NaN is no JSON number")
        self.assertEqual(self.refused("[" * 100000, {"name": "f"}), "f: nested too deeply")
        self.assertIn("digits", self.refused('[{"a": ' + "9" * 5000 + "}]"))

    def test_roots_that_are_not_there(self):
        self.assertEqual(self.refused('{"x": {"y": 1}}', {"root": "x.z", "name": "f"}),
                         "f: no 'z' at 'x' (parameter 'root'); there is y")
        self.assertEqual(self.refused('{"x": {"y": 1}}', {"root": "x.y", "name": "f"}),
                         "f: wanted a list at 'x.y', found a number")
        self.assertEqual(self.refused('{"x": [{}], "y": [{}]}', {"name": "f"}),
                         "f: several lists of objects (x, y); give parameter 'root'")

    def test_records_are_objects(self):
        self.assertEqual(self.refused('[{"a": 1}, 7]', {"name": "f"}), "f: record 2: wanted an object, found a number")
        self.assertEqual(self.refused('"x"', {"format": "json", "name": "f"}),
                         "f: wanted a list of records, found a text")

    def test_types(self):
        types = {"n": "number", "i": "integer", "d": "date"}
        self.assertEqual(self.records('[{"n": 1.5, "i": "7", "d": "24.11.2026"}, {"n": null, "i": 8}]', {"types": types}),
                         [{"n": 1.5, "i": 7, "d": "2026-11-24"}, {"n": None, "i": 8}])
        self.assertEqual(self.refused('[{"n": 1}, {"n": "zwölf"}]', {"types": {"n": "number"}, "name": "f"}),
                         "f: record 2: column 'n': wanted a number, found 'zwölf'")
        self.assertEqual(self.refused('[{"i": 1.5}]', {"types": {"i": "integer"}, "name": "f"}),
                         "f: record 1: column 'i': wanted a whole number, found 1.5")
        self.assertEqual(self.refused('[{"i": 1}, {}]', {"required": ["i"], "name": "f"}),
                         "f: record 2: column 'i': is required, found nothing")


class Translate(Case):
    PARAMS = {"column": "name", "domain": "iso_3166-1", "languages": ["pl", "el", "uk", "ja"], "into": "local",
              "language_into": "language"}

    def test_languages_take_turns(self):
        records = self.records("name\nPoland\nGreece\nUkraine\nJapan\nGermany\n", {"translate": self.PARAMS})
        self.assertEqual([(record["local"], record["language"]) for record in records],
                         [("Polska", "pl"), ("Ελλάδα", "el"), ("Україна", "uk"), ("日本", "ja"), ("Niemcy", "pl")])

    def test_what_is_unknown_stays(self):
        self.assertEqual(self.records("name;x\nAtlantis;\n;1\n", {"translate": self.PARAMS})[0]["local"], "Atlantis")

    def test_a_missing_catalogue_is_the_nodes_fault(self):
        reason = self.refused("name\nPoland\n", {"translate": self.PARAMS | {"languages": ["xx"]}}, code=69)
        self.assertIn("no catalogue 'iso_3166-1' for the language 'xx' on this node", reason)

    def test_paths_are_no_names(self):
        self.assertIn("translate.domain", self.refused("name\nx\n", {"translate": self.PARAMS | {"domain": "../x"}}))
        self.assertIn("translate.languages",
                      self.refused("name\nx\n", {"translate": self.PARAMS | {"languages": [".."]}}))


class Parameters(Case):
    def test_bad_ones_are_named(self):
        for params, reason in (({"typs": {}}, "parameter 'typs' is unknown; did you mean 'types'?"),
                               ({"delimiter": "x"}, "parameter 'delimiter': wanted one of"),
                               ({"encoding": "klingon"}, "parameter 'encoding': wanted an encoding"),
                               ({"encoding": "zip"}, "parameter 'encoding': wanted an encoding"),
                               ({"types": {"a": "float"}}, "parameter 'types.a': wanted one of text, integer"),
                               ({"header": "no"}, "parameter 'header': wanted true or false"),
                               ([], "parameters: wanted a JSON object"),
                               ("{", "parameters: not valid JSON")):
            self.assertIn(reason, self.refused("a;b\n1;2\n", params))

    def test_not_started_as_an_engine(self):
        done = subprocess.run([str(ENGINES / "datamapper" / "datamapper")], capture_output=True, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"CADRE_JOB_INPUT is not set", done.stderr)


class Preview(Case):
    WANTED = ("kunden.csv: 3 records\n"
              "  format:        csv (does not begin with { or [)\n"
              "  encoding:      windows-1252 (it is not UTF-8)\n"
              "  delimiter:     ; (every row has as many cells)\n"
              "  decimal sign:  , (seen from the numbers)\n"
              "first record:\n"
              "  Kunde      \"Müller & Söhne\"\n"
              "  Betrag     1234.50\n"
              "  Datum      \"2026-11-24\"\n"
              "  Bemerkung  \"erste Zeile\\nzweite; mit \\\"Anführung\\\"\"\n")

    def test_as_a_job(self):
        ended = run_exec("datamapper", EXCEL.encode("windows-1252"),
                         {"types": EXCEL_TYPES, "name": "kunden.csv", "preview": True})
        self.assertEqual((ended.code, ended.files), (0, {}))
        self.assertEqual(ended.stdout.decode(), self.WANTED)

    def test_on_the_command_line(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "kunden.csv"
            path.write_bytes(EXCEL.encode("windows-1252"))
            run = lambda *more: subprocess.run([str(ENGINES / "datamapper" / "datamapper"), "--preview", *more],
                                               capture_output=True, env=ENVIRONMENT)
            done = run(str(path), json.dumps({"types": EXCEL_TYPES}))
            self.assertEqual((done.returncode, done.stdout.decode()), (0, self.WANTED))
            self.assertEqual(run(str(path) + "x").returncode, 66)
            self.assertEqual(run().returncode, 64)


if __name__ == "__main__":
    unittest.main()
