#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Makes caseload-S.jsonl.gz and week-S.jsonl.gz: 20 invented families with 10 visits each, and what one device writes
in a week on top of that. The same bytes on every run; all names are invented. Usage: make_caseload.py [FOLDER]"""
import base64
import gzip
import json
import pathlib
import random
import sys

FAMILIES, VISITS = 20, 10
START = 1_767_600_000_000  # 5 January 2026
HOUR = 3_600_000
DAY = 24 * HOUR
SURNAMES = ("Akkerveld Bijlmans Couperij Dalstra Eikenhof Fennema Grasland Heidinga Idemaat Jonkvorst Kampstee "
            "Lindehout Mosterdijk Noorderveen Oeverman Peelstra Quispelaar Rietkamp Schansloo Tolhuizen").split()
FIRST_NAMES = "Amira Bas Chaima Daan Elif Fenna Gijs Hanna Ilias Jochem Kaya Lotte Mees Noor Okke Pien Rayan Sam".split()
CITIES = ["Emmen", "Klazienaveen", "Emmer-Compascuum", "Nieuw-Amsterdam"]
GOALS = {
    "finances": ["Toeslagen aanvragen", "Weekbudget op papier", "Brieven openen op maandag", "Energiecontract nakijken"],
    "health": ["Naar de tandarts", "Samen aan tafel eten", "Elke dag naar buiten", "Op tijd naar bed"],
    "stability": ["Vaste afhaaltijden", "Rustige ochtenden", "Een plek om huiswerk te maken", "Op tijd op school"],
}
ACTIONS = ["Bellen met school", "Brief naar de gemeente sturen", "Lijstje op de koelkast", "Afspraak bij de huisarts",
           "Fiets laten maken", "Map voor post kopen", "Buurvrouw vragen om op te passen"]
OPENINGS = ["Vandaag samen", "Aan de keukentafel", "Na schooltijd", "Bij een kop thee", "Tijdens een wandeling"]
MIDDLES = ["de post van deze week bekeken", "het weekbudget nagelopen", "over slapen gesproken", "de broodtrommel gevuld",
           "een rooster voor de ochtend gemaakt", "de juf gebeld", "drie vaste dagen afgesproken", "naar {name} geluisterd",
           "geoefend met een moeilijk gesprek", "gekeken wat er al goed gaat", "een brief opgesteld", "foto's bekeken"]
ENDINGS = ["Moeder vindt dat het rustiger is.", "{name} wil graag zwemmen.", "Volgende week verder.", "Dat ging beter dan vorige keer.",
           "Er is weer ruimte voor een grap.", "De spanning is nog niet weg.", "Opa haalt op woensdag.", "Dit lukt het gezin zelf.",
           "Het bedrag klopt nu op € 12,50 na.", "Een volle week op tijd: feest."]


class Writer:
    def __init__(self, seed):
        self.random, self.lines = random.Random(seed), []

    def new_id(self):
        return base64.urlsafe_b64encode(self.random.randbytes(16)).decode().rstrip("=")

    def pick(self, choices):
        return choices[self.random.randrange(len(choices))]

    def add(self, t, op, kind, record, family, values, **more):
        self.lines.append((t, len(self.lines), {"t": t, "op": op, "kind": kind, "id": record, "familyId": family, **more, "v": values}))

    def write(self, path):
        rows = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for _, _, line in sorted(self.lines, key=lambda l: l[:2])]
        with open(path, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=9, mtime=0) as packed:
            packed.write(("\n".join(rows) + "\n").encode())
        print(f"{path}: {len(rows)} lines")


def sentence(writer, names):
    text = f"{writer.pick(OPENINGS)} {writer.pick(MIDDLES)} en {writer.pick(MIDDLES)}. {writer.pick(ENDINGS)}"
    return text.format(name=writer.pick(names))


def body(writer, names):
    return "\n".join(" ".join(sentence(writer, names) for _ in range(writer.random.randrange(2, 5)))
                     for _ in range(writer.random.randrange(1, 4)))


def inserted(text, at, more):
    """Position in UTF-16 units, and the text after the insertion."""
    return len(text[:at].encode("utf-16-le")) // 2, text[:at] + more + text[at:]


def put_family(writer, number):
    t, family, surname = START + number * HOUR, writer.new_id(), SURNAMES[number]
    writer.add(t, "put", "family", family, family, {
        "caseNo": f"TB-{1000 + number}", "name": f"Gezin {surname}", "city": writer.pick(CITIES),
        "risk": writer.random.randrange(1, 4), "coach": f"coach-{number % 6 + 1}", "updatedAt": t})
    names = []
    for index in range(writer.random.randrange(3, 6)):
        first = writer.pick([name for name in FIRST_NAMES if name not in names])
        names.append(first)
        role = ["moeder", "vader"][index] if index < 2 else "kind"
        year = writer.random.randrange(1978, 1998) if index < 2 else writer.random.randrange(2008, 2023)
        writer.add(t + 1 + index, "put", "person", writer.new_id(), family, {
            "familyId": family, "name": f"{first} {surname}", "role": role, "birthYear": year,
            "phone": f"06{writer.random.randrange(10**8):08d}" if index < 2 else ""})
    goals = []
    for index in range(writer.random.randrange(4, 8)):
        domain, at, goal = writer.pick(sorted(GOALS)), t + 10 + index, writer.new_id()
        goals.append(goal)
        writer.add(at, "put", "goal", goal, family, {
            "familyId": family, "domain": domain, "title": writer.pick(GOALS[domain]), "status": "open",
            "score": writer.random.randrange(2, 6), "target": t + 180 * DAY, "updatedAt": at})
    return family, names, goals


def put_visit(writer, t, family, names, coach):
    note, text = writer.new_id(), body(writer, names)
    writer.add(t, "put", "note", note, family, {
        "familyId": family, "visitAt": t - 2 * HOUR, "minutes": writer.random.randrange(30, 91), "author": coach,
        "mood": writer.random.randrange(1, 6), "domain": writer.pick(sorted(GOALS)), "status": "draft", "body": text,
        "updatedAt": t})
    return note, text


def edit_text(writer, t, family, note, text, names):
    more = sentence(writer, names) + " "
    at, after = inserted(text, writer.random.randrange(len(text)), more)
    writer.add(t, "text", "note", note, family, {"body": after, "updatedAt": t}, pos=at, **{"del": 0}, ins=more)
    return after


def set_note(writer, t, family, note):
    change = writer.pick(["minutes", "mood", "status", "domain"])
    value = {"minutes": writer.random.randrange(30, 91), "mood": writer.random.randrange(1, 6),
             "status": writer.pick(["review", "final", "shared"]), "domain": writer.pick(sorted(GOALS))}[change]
    writer.add(t, "set", "note", note, family, {change: value, "updatedAt": t})


def set_goal(writer, t, family, goal):
    writer.add(t, "set", "goal", goal, family, {
        "status": writer.pick(["open", "active", "paused", "reached", "dropped"]),
        "score": writer.random.randrange(0, 11), "updatedAt": t})


def set_action(writer, t, family, action):
    writer.add(t, "set", "action", action, family,
               {"done": writer.random.randrange(2), "due": t + writer.random.randrange(3, 21) * DAY, "updatedAt": t})


def caseload(writer):
    """The families, with what the week needs to go on from."""
    world = []
    for number in range(FAMILIES):
        family, names, goals = put_family(writer, number)
        notes, actions = {}, []
        for visit in range(VISITS):
            t = START + (3 + visit * 9) * DAY + number * HOUR + writer.random.randrange(HOUR)
            note, text = put_visit(writer, t, family, names, f"coach-{number % 6 + 1}")
            if writer.random.random() < 0.9:
                text = edit_text(writer, t + HOUR, family, note, text, names)
            if writer.random.random() < 0.9:
                set_note(writer, t + 2 * HOUR, family, note)
            notes[note] = text
            action = writer.new_id()
            actions.append(action)
            writer.add(t + 3 * HOUR, "put", "action", action, family, {
                "familyId": family, "goalId": writer.pick(goals), "title": writer.pick(ACTIONS),
                "owner": writer.pick(names), "due": t + 14 * DAY, "done": 0, "updatedAt": t + 3 * HOUR})
            set_action(writer, t + 4 * DAY, family, action)
        for goal in goals:
            for turn in range(5):
                set_goal(writer, START + (25 + turn * 18) * DAY + number * HOUR + goals.index(goal) * 60_000, family, goal)
        world.append((family, names, goals, notes, actions))
    return world


def week(writer, world):
    start = START + 120 * DAY
    for index in range(100):
        family, names, goals, notes, actions = writer.pick(world)
        t = start + index * HOUR + writer.random.randrange(HOUR)
        turn = index % 5
        if turn < 2:
            note, text = put_visit(writer, t, family, names, "coach-1")
            notes[note] = text
        elif turn == 2:
            note = writer.pick(sorted(notes))
            notes[note] = edit_text(writer, t, family, note, notes[note], names)
        elif turn == 3:
            set_goal(writer, t, family, writer.pick(goals))
        else:
            set_action(writer, t, family, writer.pick(actions))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    first = Writer(20260105)
    world = caseload(first)
    first.write(folder / "caseload-S.jsonl.gz")
    second = Writer(20260505)
    week(second, world)
    second.write(folder / "week-S.jsonl.gz")


if __name__ == "__main__":
    main()
