"""The output engine joins pages in order, counts them, and names the one that is not sound."""

import io
import pathlib
import re
import tarfile
import tempfile
import unittest

from harness import run_exec, tool


def pdf(*texts):
    """A PDF with one page for each text, written by hand, with a right cross-reference table."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", None, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in texts:
        content = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
                       f"/Contents {len(objects)} 0 R >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out += (f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
            f"startxref\n{len(out)}\n%%EOF\n")
    return out.encode("latin-1")


def tar(members):
    """`members`: pairs of name and content, in the order in which they stand in the tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def pages(data):
    """What stands on each page."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "x.pdf"
        path.write_bytes(data)
        count = int(re.search(rb"Pages:\s+(\d+)", tool("pdfinfo", str(path))).group(1))
        texts = tool("pdftotext", str(path), "-").decode().split("\f")[:-1]
    assert len(texts) == count
    return [text.strip() for text in texts]


class Output(unittest.TestCase):
    def joined(self, members, params=None, name="letters.pdf"):
        ended = run_exec("output", tar(members), params or {})
        self.assertEqual(ended.code, 0, ended.log)
        self.assertEqual(list(ended.files), [name])
        self.assertEqual(ended.stdout, b"")
        return pages(ended.files[name])

    def refused(self, payload, params=None, code=65, env=None):
        ended = run_exec("output", payload if isinstance(payload, bytes) else tar(payload),
                         {} if params is None else params, env)
        self.assertEqual(ended.code, code, ended.log)
        self.assertEqual((ended.files, ended.stdout), ({}, b""))
        self.assertEqual([line["permanent"] for line in ended.said], [code == 65])
        self.assertNotIn("Traceback", ended.log)
        return ended.fail

    def test_in_order_of_name(self):
        self.assertEqual(self.joined([("b.pdf", pdf("two")), ("a.pdf", pdf("one")), ("./c.pdf", pdf("three"))]),
                         ["one", "two", "three"])

    def test_numbers_in_names_are_numbers(self):
        names = ["page-10.pdf", "page-9.pdf", "page-100.pdf", "page-1.pdf"]
        self.assertEqual(self.joined([(name, pdf(name)) for name in names]),
                         ["page-1.pdf", "page-9.pdf", "page-10.pdf", "page-100.pdf"])

    def test_in_the_order_given(self):
        self.assertEqual(self.joined([("a", pdf("one")), ("order.txt", b"c\na\r\n\nb\n"), ("b", pdf("two")),
                                      ("c", pdf("three"))]), ["three", "one", "two"])

    def test_the_order_names_every_member_once(self):
        a, b = ("a", pdf("1")), ("b", pdf("2"))
        self.assertEqual(self.refused([a, b, ("order.txt", b"a\n")]), "'b' is in the tar, but not in order.txt")
        self.assertEqual(self.refused([a, ("order.txt", b"a\nb\n")]),
                         "order.txt names 'b' (line 2), which is not in the tar")
        self.assertEqual(self.refused([a, b, ("order.txt", b"a\nb\na\n")]), "order.txt names 'a' twice")
        self.assertEqual(self.refused([a, ("order.txt", b"\xff")]), "order.txt is not UTF-8")

    def test_the_same_input_gives_the_same_bytes(self):
        payload = tar([("a", pdf("1")), ("b", pdf("2"))])
        first, second = (run_exec("output", payload, {}).files["letters.pdf"] for _ in range(2))
        self.assertEqual(first, second)

    def test_a_damaged_member_is_named(self):
        good = pdf("x")
        for bad, reason in ((b"hello", "'b' is not a PDF: it does not begin with %PDF-"),
                            (b"", "'b' is not a PDF: it does not begin with %PDF-"),
                            (good[:len(good) // 2], "'b' is not a sound PDF: "),
                            (good.replace(b"startxref\n", b"startxref\n9"), "'b' is not a sound PDF: "),
                            (good.replace(b"0000000009", b"0000000019"), "'b' is not a sound PDF: "),
                            (good.replace(b"endobj", b"endobx", 1), "'b' is not a sound PDF: "),
                            (good.replace(b"/Kids", b"/Kidz"), "'b' is not a sound PDF: ")):
            found = self.refused([("a", good), ("b", bad), ("c", good)])
            self.assertTrue(found.startswith(reason), found)
            self.assertNotIn("/tmp", found, "paths of the node are of no use to who sent the file")

    def test_an_encrypted_member_is_named(self):
        with tempfile.TemporaryDirectory() as directory:
            plain, locked = pathlib.Path(directory) / "p", pathlib.Path(directory) / "l"
            plain.write_bytes(pdf("x"))
            tool("qpdf", "--encrypt", "user", "owner", "256", "--", str(plain), str(locked))
            found = self.refused([("a", pdf("x")), ("b", locked.read_bytes())])
        self.assertEqual(found, "'b' is not a sound PDF: invalid password")

    def test_the_number_of_pages(self):
        two = [("a", pdf("1")), ("b", pdf("2", "3"))]
        self.assertEqual(self.refused(two), "'b': wanted 1 page, found 2")
        self.assertEqual(self.joined(two, {"pages_each": 0}), ["1", "2", "3"])
        self.assertEqual(self.joined(two[1:], {"pages_each": 2}), ["2", "3"])
        self.assertEqual(self.refused(two, {"members": 3}), "wanted 3 members in the tar, found 2")

    def test_what_is_no_tar(self):
        self.assertIn("not an uncompressed tar", self.refused(b"x" * 2000))
        self.assertIn("not an uncompressed tar", self.refused(b""))
        self.assertEqual(self.refused([]), "the tar has no members to join")
        self.assertEqual(self.refused([("order.txt", b"a\n")]), "the tar has no members to join")
        self.assertEqual(self.refused([("a", pdf("1")), ("a", pdf("2"))]), "'a' stands twice in the tar")
        whole = tar([("a", pdf("1")), ("b", pdf("2"))])
        self.assertRegex(self.refused(whole[:whole.rindex(b"%PDF") + 100]), "the tar ends|not an uncompressed tar")

    def test_links_are_refused(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:") as archive:
            info = tarfile.TarInfo("a")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
        self.assertEqual(self.refused(out.getvalue()), "'a': wanted a plain file in the tar, found a link or device")

    def test_names_reach_no_path(self):
        self.assertEqual(self.joined([("../../x.pdf", pdf("1")), ("/etc/y.pdf", pdf("2")), ("@args", pdf("3"))],
                                     {"name": "all.pdf"}, "all.pdf"), ["1", "2", "3"])
        self.assertIn("parameter 'name'", self.refused([("a", pdf("1"))], {"name": "../x"}))

    def test_parameters(self):
        for params, reason in (({"pages": 1}, "parameter 'pages' is unknown"), ([], "wanted parameters as a JSON object"),
                               ({"pages_each": "1"}, "parameter 'pages_each': wanted a whole number"),
                               ({"pages_each": True}, "parameter 'pages_each': wanted a whole number"),
                               ("{", "parameters: not valid JSON")):
            self.assertIn(reason, self.refused([("a", pdf("1"))], params))

    def test_without_qpdf_another_node_may_do_it(self):
        self.assertIn("qpdf is not installed", self.refused([("a", pdf("1"))], code=69, env={"PATH": "/nowhere"}))

    def test_thousands_of_members(self):
        page = pdf("x")
        ended = run_exec("output", tar([(f"{number}.pdf", page) for number in range(3000)]), {"members": 3000})
        self.assertEqual(ended.code, 0, ended.log)
        self.assertEqual(len(pages(ended.files["letters.pdf"])), 3000)


if __name__ == "__main__":
    unittest.main()
