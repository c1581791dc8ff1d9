"""The letters: 249 countries go through datamapper, content and output, and come out as one PDF of 249 pages in order."""

import io
import json
import pathlib
import re
import struct
import tarfile
import tempfile
import unittest

from harness import Serve, run_exec, tool

COUNTRIES = pathlib.Path("/usr/share/iso-codes/json/iso_3166-1.json")
LANGUAGES = ["pl", "el", "uk", "ja"]
PARAMS = {"name": "iso_3166-1.json", "root": "3166-1", "required": ["name", "alpha_2", "alpha_3", "numeric"],
          "translate": {"column": "name", "domain": "iso_3166-1", "languages": LANGUAGES, "into": "name_local",
                        "language_into": "language"}}
LETTER = {"template": "letter.template", "values": {"date": "24 November 2026"}}
PAYLOAD_MAX = 8 << 20  # the cluster's default for one job's payload and for its result

# What people in these countries would expect to read; not taken from any catalogue.
KNOWN = {"Germany": {"pl": "Niemcy", "el": "Γερμανία", "uk": "Німеччина", "ja": "ドイツ"},
         "Poland": {"pl": "Polska", "el": "Πολωνία", "uk": "Польща", "ja": "ポーランド"},
         "Greece": {"pl": "Grecja", "el": "Ελλάδα", "uk": "Греція", "ja": "ギリシャ"},
         "Japan": {"pl": "Japonia", "el": "Ιαπωνία", "uk": "Японія", "ja": "日本"}}


def catalogue(language):
    """Read by ourselves, so that the engine's way of reading is not asked whether it was right."""
    data = pathlib.Path(f"/usr/share/locale/{language}/LC_MESSAGES/iso_3166-1.mo").read_bytes()
    magic, _, count, originals, translations = struct.unpack_from("<5I", data)
    assert magic == 0x950412DE
    out = {}
    for number in range(count):
        length, at = struct.unpack_from("<2I", data, originals + 8 * number)
        length2, at2 = struct.unpack_from("<2I", data, translations + 8 * number)
        out[data[at:at + length].decode()] = data[at2:at2 + length2].decode()
    return out


def squeezed(text):
    """Without blanks: names are broken into lines where the page ends."""
    return re.sub(r"\s+", "", text)


class Letters(unittest.TestCase):
    def test_all_countries(self):
        mapped = run_exec("datamapper", COUNTRIES.read_bytes(), PARAMS)
        self.assertEqual(mapped.code, 0, mapped.log)
        records = mapped.files["records.jsonl"].decode("utf-8").splitlines()
        self.check_records([json.loads(record) for record in records])

        tar = io.BytesIO()
        with Serve("content") as serve, tarfile.open(fileobj=tar, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
            serve.hello()
            for number, record in enumerate(records, 1):
                header, files = serve.job(record.encode("utf-8"), LETTER)
                self.assertEqual(header["t"], "done", header)
                info = tarfile.TarInfo(f"{number}.pdf")
                info.size = len(files["page.pdf"])
                archive.addfile(info, io.BytesIO(files["page.pdf"]))
            serve.send({"t": "bye"})
            self.assertEqual(serve.wait(), 0)
            self.assertEqual(serve.errors(), "", "no font or markup complained")

        joined = run_exec("output", tar.getvalue(), {"members": 249})
        self.assertEqual(joined.code, 0, joined.log)
        self.assertLess(len(tar.getvalue()), PAYLOAD_MAX)
        self.assertLess(len(joined.files["letters.pdf"]), PAYLOAD_MAX)
        self.check_pages(joined.files["letters.pdf"])

    def expected(self):
        countries = json.loads(COUNTRIES.read_text("utf-8"))["3166-1"]
        catalogues = [catalogue(language) for language in LANGUAGES]
        for number, country in enumerate(countries):
            local = catalogues[number % 4].get(country["name"]) or country["name"]
            yield country, LANGUAGES[number % 4], local

    def check_records(self, records):
        self.assertEqual(len(records), 249)
        known = 0
        for record, (country, language, local) in zip(records, self.expected(), strict=True):
            self.assertEqual(record, country | {"name_local": local, "language": language})
            if country["name"] in KNOWN:
                self.assertEqual(local, KNOWN[country["name"]][language])
                known += 1
        self.assertEqual(known, len(KNOWN))

    def check_pages(self, pdf):
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(pdf)
            file.flush()
            self.assertRegex(tool("pdfinfo", file.name).decode(), r"Pages:\s+249\n")
            pages = tool("pdftotext", file.name, "-").decode("utf-8").split("\f")
            fonts = tool("pdffonts", file.name).decode().splitlines()[2:]
        self.assertEqual(pages.pop(), "")
        self.assertEqual(len(pages), 249)
        for number, (page, (country, _, local)) in enumerate(zip(pages, self.expected(), strict=True), 1):
            text, at = squeezed(page), 0
            for part in (f"Postal Administration{country['name']}{local}", "24 November 2026",
                         f"Our reference: {country['numeric']}/{country['alpha_3']}", f"Name: {country['name']}",
                         f"Two letters: {country['alpha_2']}", "Yours sincerely,", local, "M. Lindqvist"):
                found = text.find(squeezed(part), at)
                self.assertGreaterEqual(found, 0, f"page {number}: '{part}' is not where it belongs in\n{page}")
                at = found + len(squeezed(part))
        self.assertTrue(fonts)
        for line in fonts:  # name, type, encoding, embedded, subset, unicode, object
            self.assertRegex(line, r" yes yes yes +\d+ +\d+$", "every font is embedded and can be read back as text")


if __name__ == "__main__":
    unittest.main()
