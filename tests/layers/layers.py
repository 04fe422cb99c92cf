#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The dependency rule. Usage: layers.py ROOT ROOMS

Compares what each room includes with what it declares (ROOMS, written by tb_write_rooms) and with the place
that house.py gives it. Prints one line for each fault, with the repair; exit code 1 when there is one.
"""
import pathlib
import re
import sys

import house

CODE = {".h", ".cc", ".def"}
# Raw strings, comments, strings and characters, in the order in which a lexer would meet them.
TOKEN = re.compile(
    r'R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def without_comments(text):
    return TOKEN.sub(lambda m: " " if m.group().startswith(("//", "/*")) else m.group(), text)


def without_comments_and_strings(text):
    def blank(match):
        if match.group().startswith(("//", "/*")):
            return " "
        return '""'
    return TOKEN.sub(blank, text)


def read_rooms(path):
    """Room -> rooms it declares, generated header -> room, and the public headers. Generated rooms are proto/NAME."""
    key_of, declared_names, generated, offered = {}, {}, {}, set()
    for line in pathlib.Path(path).read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "generated":
            generated[words[1]] = words[2]
            continue
        if words[0] == "offers":
            offered.add(words[1])
            continue
        _, folder, name, *uses = words
        key = folder if "/" in folder else f"{folder}/{name.removeprefix(folder + '_')}"
        key_of[name] = key
        declared_names[key] = uses
    declared = {key: {key_of[use] for use in uses if use in key_of} for key, uses in declared_names.items()}
    return declared, {header: key_of[name] for header, name in generated.items()}, offered


def below(room, table):
    """All rooms reachable from `room` in `table`, itself not counted, each with the path that leads there."""
    paths, waiting = {}, [(room, [room])]
    while waiting:
        at, path = waiting.pop()
        for lower in sorted(table.get(at, ())):
            if lower not in paths:
                paths[lower] = path + [lower]
                waiting.append((lower, path + [lower]))
    return paths


def code_files(root, folder):
    """Code below root/folder; trees that exist to be rejected are no part of the house."""
    top = root / folder
    return [p for p in sorted(top.rglob("*"))
            if p.suffix in CODE and "fixtures" not in p.relative_to(top).parts] if top.is_dir() else []


def room_of(include, generated):
    return generated.get(include) or "/".join(pathlib.PurePosixPath(include).parts[:2])


def includes_of(path, generated, root):
    """(room, include, where) for every include of our own code, with faults in how it is written."""
    found, faults = [], []
    for quote, include in INCLUDE.findall(without_comments(path.read_text())):
        top = include.split("/")[0]
        ours = include in generated or top in {"core", "sync", "platform", "tools", "tests"}
        where = path.relative_to(root)
        if quote == '"' and not ours:
            faults.append(f'{where}: include "{include}": write the path from the root; <> is for other libraries')
        elif quote == "<" and ours:
            faults.append(f'{where}: include <{include}>: our own headers take quotes')
        if ours:
            found.append((room_of(include, generated), include, where))
    return found, faults


def check_includes(root, declared, generated):
    faults, used = [], {}
    for room in sorted(declared):
        top = room.split("/")[0]
        if top == "proto":
            continue
        used[room] = set()
        for path in code_files(root, room):
            found, badly_written = includes_of(path, generated, root)
            faults += badly_written
            for target, include, where in found:
                if target == room:
                    continue
                used[room].add(target)
                target_top = target.split("/")[0]
                if top == "core" and target_top not in {"core", "proto"}:
                    faults.append(f"{where}: core includes only core and generated proto, not {include}")
                elif target_top == "tests" and room in house.DRIVES_TESTS:
                    used[room].discard(target)  # a library of the tests is no room
                elif target_top == "tests" and top != "tests":
                    faults.append(f"{where}: {include} is for tests only")
                elif target not in declared:
                    faults.append(f"{where}: {include} lies in no declared room; add tb_room in {target}/CMakeLists.txt")
                elif target not in declared[room]:
                    faults.append(f"{where}: {room} does not declare {target}; add it to USES in {room}/CMakeLists.txt")
        for target in sorted(declared[room] - used[room]):
            faults.append(f"{room}: declares {target} but never includes it; take it out of USES")
    return faults, used


def check_places(declared):
    faults = []
    for room in sorted(declared):
        if room.startswith("tests/"):
            continue
        if room not in house.STANDS_ON:
            faults.append(f"{room}: has no place in the house; give it one in tests/layers/house.py and ARCHITECTURE.md")
            continue
        allowed = below(room, house.STANDS_ON)
        for target in sorted(declared[room]):
            if target not in allowed and target in house.STANDS_ON:
                faults.append(f"{room}: may not use {target}, which does not lie below it")
    return faults


def check_cycles(declared):
    for room in sorted(declared):
        for lower, path in below(room, declared).items():
            if room in declared.get(lower, ()):
                return ["cycle: " + " -> ".join(path + [room])]
    return []


def check_blindness(declared, used):
    """Follows declarations and includes, so that neither a forgotten declaration nor a detour opens a way."""
    faults = []
    union = {room: declared.get(room, set()) | used.get(room, set()) for room in declared}
    for blind in house.BLIND:
        paths = below(blind, union)
        for secret in house.NEVER_AT_THE_RELAY:
            if secret in paths:
                faults.append(f"{blind} reaches {secret}: {' -> '.join(paths[secret])}; "
                              "the relay carries what it cannot open")
    return faults


def check_rooms_are_declared(root, declared):
    faults = []
    for top in ("core", "sync", "platform", "tools"):
        for folder in sorted((root / top).iterdir()) if (root / top).is_dir() else []:
            room = f"{top}/{folder.name}"
            if folder.is_dir() and room not in declared and any(p.suffix == ".cc" for p in code_files(root, room)):
                faults.append(f"{room}: holds code but is no declared room; use tb_room or tb_program")
    return faults


def check_banned(root, offered):
    faults = []
    for top in ("core", "sync", "platform", "tools", "tests"):
        bans = [ban for ban in house.BANNED if top in ban.folders]
        for path in code_files(root, top):
            where = path.relative_to(root).as_posix()
            if where.startswith(house.MAY_WAIT):
                continue
            code = without_comments_and_strings(path.read_text())
            for ban in bans:
                match = re.search(ban.pattern, code)
                if match and (where in offered or not ban.only_offered):
                    faults.append(f"{where}: banned here: {ban.what} ({match.group().strip()}): {ban.instead}")
    return faults


def check(root, rooms):
    root = pathlib.Path(root)
    declared, generated, offered = read_rooms(rooms)
    faults, used = check_includes(root, declared, generated)
    return (faults + check_places(declared) + check_cycles(declared) + check_blindness(declared, used)
            + check_rooms_are_declared(root, declared) + check_banned(root, offered))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = check(sys.argv[1], sys.argv[2])
    print("\n".join(found) if found else "Every room keeps its place.")
    sys.exit(bool(found))
