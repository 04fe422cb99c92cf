# SPDX-License-Identifier: EUPL-1.2
"""A build for people holds no planted bug, and the build that tests the tests does.

  no_planted_bugs.py TABLE 0|1 PROGRAM...    the bugs' table, whether the build plants them, what it built
"""
import re
import sys


def main(table, plants, *programs):
    with open(table, encoding="utf-8") as lines:
        names = re.findall(r'TB_BUG\(\w+, "(\w+)"', lines.read())
    if not names:
        sys.exit("no bug stands in %s" % table)
    wrong = []
    for path in programs:
        with open(path, "rb") as program:
            content = program.read()
        found = [name for name in names if name.encode() + b"\0" in content]
        if len(found) != (len(names) if plants == "1" else 0) or (b"TB_PLANTED_BUG" in content) != (plants == "1"):
            wrong.append("%s holds %d of %d planted bugs" % (path, len(found), len(names)))
    return "\n".join(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
