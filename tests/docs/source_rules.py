#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Rules for every file of the tree. Usage: source_rules.py ROOT

Prints one line for each fault, with the repair; exit code 1 when there is one. Long files are first only named,
so that there is time to split them.
"""
import pathlib
import re
import subprocess
import sys

SOURCE = {".h", ".cc", ".def", ".proto", ".py"}
LINES_NAMED, LINES_MAX = 500, 900
# (pattern, why it does not belong). Written with a class of one letter, so that this file may hold them.
WORDS = [
    (r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b", "unfinished work is an issue, not a mark in the code"),
    (r"(?<![\w.])/(w[o]rk|h[o]me|r[o]ot)/", "a path of one machine"),
    (r"\bE[N]G_|\be[n]g::", "a placeholder for our own name: TB_, thuisbasis"),
    (r"<{7} |>{7} ", "a merge that was not finished"),
]
TEXT = SOURCE | {".md", ".yml", ".txt", ".cmake", ".json", ".toml", ".service", ""}
SAID_WITH = re.compile(r"SPDX-License-Identifier: EUPL-1\.2")


def tracked(root):
    """Files in git; where there is no git, everything but the build."""
    listing = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"], capture_output=True)
    if listing.returncode == 0:
        return [root / name for name in listing.stdout.decode().split("\0") if name and (root / name).is_file()]
    return [p for p in sorted(root.rglob("*")) if p.is_file() and p.relative_to(root).parts[0] not in {"build", ".git"}]


def check_file(name, text, suffix):
    """Faults of one file, and remarks on it."""
    faults, remarks, lines = [], [], text.splitlines()
    if suffix in SOURCE:
        if len(lines) > LINES_MAX:
            faults.append(f"{name}: {len(lines)} lines, more than {LINES_MAX}: one idea a file")
        elif len(lines) > LINES_NAMED:
            remarks.append(f"{name}: {len(lines)} lines; from {LINES_NAMED} on think of splitting it")
        if not any(SAID_WITH.search(line) for line in lines[:2]):
            faults.append(f"{name}: begin it with SPDX-License-Identifier: EUPL-1.2")
    if suffix == ".h" and "#pragma once" not in text:
        faults.append(f"{name}: a header begins with #pragma once")
    for pattern, why in WORDS if suffix in TEXT else []:
        for number, line in enumerate(lines, 1):
            if match := re.search(pattern, line):
                faults.append(f"{name}:{number}: '{match.group()}' does not belong here: {why}")
    return faults, remarks


def check(root):
    root, faults, remarks = pathlib.Path(root), [], []
    files = tracked(root)
    if not files:
        faults.append(f"{root}: no files found, so nothing is proved")
    for path in files:
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # data, not text
        new_faults, new_remarks = check_file(name, text, path.suffix)
        faults += new_faults
        remarks += new_remarks
    return faults, remarks


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found, remarked = check(sys.argv[1])
    print("\n".join(["remark: " + remark for remark in remarked] + found) or "Every file keeps the rules.")
    sys.exit(bool(found))
