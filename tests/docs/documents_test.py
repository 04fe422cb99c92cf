#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What documents say is compared with what is there. Usage: documents_test.py ROOT ROOMS"""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT, ROOMS = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md", "proto/PROTOCOL.md"]
LINES_MAX = {"README.md": 120, "ARCHITECTURE.md": 400}
BUILT = ("build/",)  # made by a build, so not in the tree


def read(name):
    return (ROOT / name).read_text()


def paths_named_in(text):
    """Paths in backticks or link targets: a file in the root, or something below a folder of the root."""
    tops = {entry.name for entry in ROOT.iterdir()}
    named = re.findall(r"`([\w.][\w./-]*)`", text) + re.findall(r"\]\(([\w./-]+)\)", text)
    for fence in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        named += re.findall(r"^([\w.]+/[\w./-]+)", fence, re.M)
    for path in named:
        top, slash, _ = path.partition("/")
        if path.startswith(BUILT) or (not slash and not path.endswith((".md", ".yml"))):
            continue
        if top in tops or not slash or re.search(r"\.(h|cc|proto|py|md)$", path):
            yield path


def table_rows(text, heading):
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in section.splitlines() if line.startswith("|")]
    return rows[2:]  # without the head and the line below it


class Documents(unittest.TestCase):
    maxDiff = None

    def test_every_path_they_name_exists(self):
        missing = [document for document in DOCUMENTS if not (ROOT / document).exists()]
        for document in set(DOCUMENTS) - set(missing):
            missing += [f"{path}, named in {document}" for path in paths_named_in(read(document))
                        if not (ROOT / path).exists() and not (ROOT / document).parent.joinpath(path).exists()]
        self.assertEqual(sorted(missing), [], "these do not exist")

    def test_they_stay_short_enough_to_be_read(self):
        for document, most in LINES_MAX.items():
            self.assertLessEqual(len(read(document).splitlines()), most, document)

    def test_the_architecture_names_every_room(self):
        text = read("ARCHITECTURE.md")
        folders = {line.split()[1] for line in ROOMS.read_text().splitlines() if line.startswith("room ")}
        folders = {f for f in folders if not f.startswith(("tests/", "tools/"))}
        self.assertGreater(len(folders), 2)
        self.assertEqual([f for f in sorted(folders) if f"`{f}`" not in text], [])


class Readme(unittest.TestCase):
    def test_its_packages_are_those_that_are_installed(self):
        listed = subprocess.run([ROOT / "tools/install", "--list"], capture_output=True, text=True, check=True).stdout
        installed = [[cell.strip() for cell in line.split("|")] for line in listed.splitlines()]
        self.assertEqual(table_rows(read("README.md"), "What it stands on"), installed)

    def test_its_example_is_the_code_that_is_built(self):
        example = re.search(r"^```cpp\n(.*?)^```", read("README.md"), re.M | re.S).group(1)
        self.assertIn(example, read("tools/example/agree_on_goal.cc"))


class Version(unittest.TestCase):
    def test_every_file_that_states_it_agrees(self):
        built = re.search(r"project\(thuisbasis VERSION (\S+)", read("CMakeLists.txt")).group(1)
        published = re.search(r'^softwareVersion: "(\S+)"', read("publiccode.yml"), re.M).group(1)
        newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.M).group(1)
        stated = re.search(r"^Version (\d+\.\d+\.\d+)", read("README.md"), re.M).group(1)
        self.assertEqual({built, published, newest, stated}, {built})


class Publiccode(unittest.TestCase):
    """The keys that publiccode.yml 0.4 asks for, and its limits on lengths."""
    def test_the_required_keys_are_there(self):
        text = read("publiccode.yml")
        for key in ["publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType",
                    "description", "legal", "maintenance", "localisation"]:
            self.assertRegex(text, rf"(?m)^{key}:", key)
        self.assertRegex(text, r"(?m)^  license: EUPL-1.2$")

    def test_descriptions_have_the_length_that_catalogues_ask_for(self):
        for short in re.findall(r"shortDescription: (.*)", read("publiccode.yml")):
            self.assertLessEqual(len(short), 150)
        for long in re.findall(r"longDescription: >\n((?:      .*\n)+)", read("publiccode.yml")):
            self.assertTrue(150 <= len(" ".join(long.split())) <= 10_000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
