#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""End-to-end encryption seen from the binary: no code of the rooms that hold keys or contents is in the daemon.
Usage: daemon_symbols.py PROGRAM --present LIBRARY... --absent LIBRARY...

A library's strong symbols of ours are sought in PROGRAM; weak ones (inline functions of shared headers) prove
nothing and are left out. --present names libraries that must be found: it guards against a stripped program and a
blunt search. Exit code 1 when a symbol is where it must not be, or nothing could be proved.
"""
import argparse
import subprocess
import sys

STRONG = set("TDBRS")


def symbols(file, kinds=None):
    """Mangled names of our symbols defined in `file`, of the given kinds (any when None)."""
    listing = subprocess.run(["nm", "--defined-only", "--format=posix", file],
                             capture_output=True, text=True, check=True).stdout
    found = set()
    for line in listing.splitlines():
        words = line.split()
        if len(words) >= 2 and "10thuisbasis" in words[0] and (kinds is None or words[1] in kinds):
            found.add(words[0])
    return found


def readable(names):
    return subprocess.run(["c++filt"], input="\n".join(sorted(names)), capture_output=True, text=True,
                          check=True).stdout.splitlines()


def check(program, present, absent):
    held, faults = symbols(program), []
    for library in present:
        if not symbols(library, STRONG) & held:
            faults.append(f"{program}: holds nothing of {library}; it is stripped or not ours, so nothing is proved")
    for library in absent:
        strong = symbols(library, STRONG)
        if not strong:
            faults.append(f"{library}: has no symbols to look for, so nothing is proved")
        faults += [f"{program}: holds {name}, of {library}; the daemon carries what it cannot open"
                   for name in readable(strong & held)]
    return faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--present", nargs="+", required=True)
    parser.add_argument("--absent", nargs="+", required=True)
    arguments = parser.parse_args()
    found = check(arguments.program, arguments.present, arguments.absent)
    print("\n".join(found) if found else "The daemon holds none of it.")
    sys.exit(bool(found))
