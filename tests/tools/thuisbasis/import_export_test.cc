// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <set>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::read_text;
using testing_support::World;
using testing_support::write_text;

const std::string kCaseload = std::string(TB_SOURCE_DIR) + "/tests/data/caseload-S.jsonl.gz";
const std::string kWeek = std::string(TB_SOURCE_DIR) + "/tests/data/week-S.jsonl.gz";

// One family with everything in it, small enough to read.
const std::string kFamily =
    R"({"t":1000,"op":"put","kind":"family","id":"AAAAAAAAAAAAAAAAAAAAAQ","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"caseNo":"TB-1","name":"Gezin Rietkamp","updatedAt":1000}}
)";
const std::string kGoal =
    R"({"t":2000,"op":"put","kind":"goal","id":"AAAAAAAAAAAAAAAAAAAAAg","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"familyId":"AAAAAAAAAAAAAAAAAAAAAQ","domain":"stability","title":"Op tijd","status":"open","score":4,"target":9000,"updatedAt":2000}}
)";
const std::string kGoalPaused =
    R"({"t":3000,"op":"set","kind":"goal","id":"AAAAAAAAAAAAAAAAAAAAAg","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"status":"paused","score":6,"updatedAt":3000}}
)";
const std::string kNote =
    R"({"t":4000,"op":"put","kind":"note","id":"AAAAAAAAAAAAAAAAAAAAAw","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"familyId":"AAAAAAAAAAAAAAAAAAAAAQ","visitAt":3500,"minutes":45,"author":"coach-1","mood":3,"domain":"finances","status":"draft","body":"Eerste bezoek","updatedAt":4000}}
)";
const std::string kNoteText =
    R"({"t":5000,"op":"text","kind":"note","id":"AAAAAAAAAAAAAAAAAAAAAw","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","pos":13,"del":0,"ins":"!","v":{"body":"Eerste bezoek!","updatedAt":5000}}
)";
const std::string kAction =
    R"({"t":6000,"op":"put","kind":"action","id":"AAAAAAAAAAAAAAAAAAAABA","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"familyId":"AAAAAAAAAAAAAAAAAAAAAQ","goalId":"AAAAAAAAAAAAAAAAAAAAAg","title":"Bellen","owner":"Pien","due":8000,"done":0,"updatedAt":6000}}
{"t":7000,"op":"set","kind":"action","id":"AAAAAAAAAAAAAAAAAAAABA","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"done":1,"updatedAt":7000}}
)";

struct Transfer : testing::Test {
  Transfer() {
    world.make_municipality();
    world.join("tablet");
  }
  Outcome import_text(const std::string& text) const { return world.at("tablet", {"import", "-"}, text); }
  std::string exported(const std::string& device) const {
    const Outcome run = world.at(device, {"export"});
    EXPECT_EQ(run.exit, 0) << run.error;
    return run.out;
  }
  World world;
};

TEST_F(Transfer, MapsEveryFieldToItsHome) {
  const Outcome imported = import_text(kFamily + kGoal + kGoalPaused + kNote + kNoteText + kAction);
  ASSERT_EQ(imported.exit, 0) << imported.error;
  const auto circle = world.at("tablet", {"circle", "list"}).row();
  EXPECT_EQ(circle["kind"], "kern");
  EXPECT_EQ(circle["name"], "Gezin Rietkamp");
  EXPECT_EQ(circle["subject"], "AAAAAAAAAAAAAAAAAAAAAQ");
  const auto goal = world.at("tablet", {"get", "AAAAAAAAAAAAAAAAAAAAAg"}).row()["v"];
  EXPECT_EQ(goal["domain"], "rust_en_stabiliteit");
  EXPECT_EQ(goal["statement"], "Op tijd");
  EXPECT_EQ(goal["state"], "afgesproken") << "paused has no counterpart: what stood before stays";
  EXPECT_EQ(goal["status"], "paused") << "and it is kept as it was";
  EXPECT_EQ(goal["review_at"], 9000);
  const auto visit = world.at("tablet", {"get", "AAAAAAAAAAAAAAAAAAAAAw"}).row();
  EXPECT_EQ(visit["kind"], "Visit");
  EXPECT_EQ(visit["v"]["held_at"], 3500);
  EXPECT_EQ(visit["v"]["minutes"], 45);
  const auto note = world.at("tablet", {"list", "VisitNote"}).row();
  // SHA-256("note" | 15 zero bytes and a three), first 16 bytes.
  EXPECT_EQ(note["id"], "myZRANqb85tZSlFTLWGzKg");
  EXPECT_EQ(note["v"]["visit"], "AAAAAAAAAAAAAAAAAAAAAw");
  EXPECT_EQ(note["v"]["body"], "Eerste bezoek!");
  EXPECT_EQ(note["v"]["domain"], "geldzaken");
  EXPECT_EQ(note["v"]["mood"], 3);
  const auto action = world.at("tablet", {"get", "AAAAAAAAAAAAAAAAAAAABA"}).row()["v"];
  EXPECT_EQ(action["state"], "gedaan");
  EXPECT_EQ(action["done_at"], 7000);
  EXPECT_EQ(action["what"], "Bellen");
  EXPECT_EQ(action["who"], "Pien");
  EXPECT_EQ(action["by_when"], 8000);
  std::set<int> scores;
  for (const auto& score : world.at("tablet", {"list", "GoalScore"}).rows()) {
    EXPECT_EQ(score["v"]["goal"], "AAAAAAAAAAAAAAAAAAAAAg");
    scores.insert(score["v"]["value"].get<int>());
  }
  EXPECT_EQ(scores, (std::set<int>{4, 6}));
}

TEST_F(Transfer, KeepsTheTimesOfWhatIsImported) {
  ASSERT_EQ(import_text(kFamily + kGoal + kGoalPaused).exit, 0);
  const auto events = world.at("tablet", {"history", "AAAAAAAAAAAAAAAAAAAAAg"}).rows();
  ASSERT_EQ(events.size(), 2U);
  // The circle was founded before its first change, so only the order within it can be asked for.
  EXPECT_LE(events[0]["time"], events[1]["time"]);
}

TEST_F(Transfer, NamesTheFieldsWithoutAHome) {
  const auto counts = import_text(kFamily + kGoal + kNote).row();
  const std::set<std::string> homeless = counts["kept_as_they_are"];
  EXPECT_EQ(homeless, (std::set<std::string>{"family.caseNo", "family.updatedAt", "goal.updatedAt",
                                             "note.mood", "note.status", "note.updatedAt"}));
}

TEST_F(Transfer, ImportsTwiceWithoutMakingAnythingTwice) {
  ASSERT_EQ(world.at("tablet", {"import", kCaseload}).exit, 0);
  ASSERT_EQ(world.at("tablet", {"import", kWeek}).exit, 0);
  const std::string before = exported("tablet");
  const auto status = world.at("tablet", {"status"}).row();
  const Outcome again = world.at("tablet", {"import", kCaseload});
  ASSERT_EQ(again.exit, 0) << again.error;
  EXPECT_EQ(again.row()["written"], 0);
  EXPECT_EQ(again.row()["lines"], again.row()["known"]);
  EXPECT_EQ(exported("tablet"), before);
  EXPECT_EQ(world.at("tablet", {"status"}).row()["pending"], status["pending"]);
}

TEST_F(Transfer, DoesNotUndoWhatAPersonChangedSince) {
  ASSERT_EQ(import_text(kFamily + kGoal).exit, 0);
  ASSERT_EQ(world.at("tablet", {"edit", "AAAAAAAAAAAAAAAAAAAAAg", "statement=Om acht uur"}).exit, 0);
  ASSERT_EQ(import_text(kFamily + kGoal).exit, 0);
  EXPECT_EQ(world.at("tablet", {"get", "AAAAAAAAAAAAAAAAAAAAAg"}).row()["v"]["statement"], "Om acht uur");
}

TEST_F(Transfer, ExportsWhatImportsToTheSameBytes) {
  ASSERT_EQ(world.at("tablet", {"import", kCaseload}).exit, 0);
  const std::string school = world.make_circle("tablet", "school", "Gezin \"Quote\" Ümlaut");
  const auto goals = world.at("tablet", {"list", "Goal", "--limit", "2"}).rows();
  for (const auto& goal : goals) ASSERT_EQ(world.at("tablet", {"share", goal["id"], "--to", school}).exit, 0);
  ASSERT_EQ(world
                .at("tablet", {"put", "PersonProfile", "strengths=+zingen", "strengths=+bouwen",
                               "own_words=regel een\nregel \"twee\"", "--circle", school})
                .exit,
            0);
  ASSERT_EQ(world.at("tablet", {"delete", goals[0]["id"]}).exit, 0);
  ASSERT_EQ(world.at("tablet", {"export", "first.jsonl"}).exit, 0);
  world.join("laptop");
  const Outcome imported = world.at("laptop", {"import", "first.jsonl"});
  ASSERT_EQ(imported.exit, 0) << imported.error;
  const std::string first = read_text(world.path("first.jsonl"));
  EXPECT_GT(first.size(), 100'000U);
  EXPECT_EQ(exported("laptop"), first);
  EXPECT_EQ(exported("tablet"), first);
}

const std::string kCircleLine =
    R"({"op":"circle","n":1,"kind":"kern","name":"Gezin Rietkamp","dossier":"AAAAAAAAAAAAAAAAAAAACQ"})"
    "\n";

TEST_F(Transfer, CarriesWhatALaterVersionWroteByteForByte) {
  const std::string lines =
      kCircleLine +
      R"({"op":"record","circle":1,"kind":"Goal","id":"AAAAAAAAAAAAAAAAAAAABQ","v":{"statement":"Op tijd"},"unknown":[{"field":90,"rule":1,"bytes":"_wD-"},{"field":91,"rule":1,"fixed32":4294967295},{"field":92,"rule":3,"text":"een"},{"field":92,"rule":3,"text":"twee"}]}
{"op":"record","circle":1,"kind":77,"id":"AAAAAAAAAAAAAAAAAAAABA","v":{},"unknown":[{"field":1,"rule":1,"text":"Een soort van later"},{"field":2,"rule":1,"fixed64":18446744073709551615}]}
)";
  const Outcome imported = import_text(lines);
  ASSERT_EQ(imported.exit, 0) << imported.error;
  EXPECT_EQ(exported("tablet"), lines);
  EXPECT_EQ(import_text(lines).row()["written"], 0) << "and twice is once";
}

TEST_F(Transfer, CarriesEveryValueOfAConflict) {
  const std::string lines =
      kCircleLine +
      R"({"op":"record","circle":1,"kind":"Goal","id":"AAAAAAAAAAAAAAAAAAAABQ","v":{"domain":"geldzaken","statement":"Om acht uur"},"conflicts":{"statement":["Na het ontbijt",null,"Om acht uur"]},"unknown":[{"field":90,"rule":1},{"field":90,"rule":1,"varint":3}]}
)";
  const Outcome imported = import_text(lines);
  ASSERT_EQ(imported.exit, 0) << imported.error;
  const auto conflicts = world.at("tablet", {"conflicts"}).rows();
  ASSERT_EQ(conflicts.size(), 2U);
  EXPECT_EQ(conflicts[0]["field"], "statement");
  EXPECT_EQ(conflicts[0]["values"].size(), 3U);
  EXPECT_EQ(world.at("tablet", {"get", "AAAAAAAAAAAAAAAAAAAABQ"}).row()["v"]["statement"], "Om acht uur");
  EXPECT_EQ(exported("tablet"), lines);
}

TEST_F(Transfer, StopsAtABadLineAndKeepsWhatCameBefore) {
  const Outcome stopped =
      import_text(kFamily + kGoal + "{\"t\":9,\"op\":\"put\",\"kind\":\"goal\"\n" + kNote);
  EXPECT_EQ(stopped.exit, 9);
  EXPECT_NE(stopped.error.find("line 3"), std::string::npos) << stopped.error;
  EXPECT_EQ(world.at("tablet", {"list", "Goal"}).rows().size(), 1U);
  EXPECT_TRUE(world.at("tablet", {"list", "Visit"}).rows().empty());
  // Repaired, the rest goes in.
  ASSERT_EQ(import_text(kFamily + kGoal + kNote).exit, 0);
  EXPECT_EQ(world.at("tablet", {"list", "Visit"}).rows().size(), 1U);
}

TEST_F(Transfer, SaysWhyALineIsBad) {
  struct Case {
    std::string lines;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"no json\n", "not a JSON object"},
      {"{\"op\":\"fly\"}\n", "unknown op 'fly'"},
      {kGoal, "was not put before"},
      {R"({"t":-1,"op":"put","kind":"goal","id":"x","familyId":"y","v":{}})", "'t' is no time"},
      {R"({"t":1,"op":"put","kind":"goal","id":"x","familyId":"y","v":{}})", "'id' is no id"},
      {R"({"t":1,"op":"put","kind":"cat","id":"x","familyId":"y","v":{}})", "unknown kind 'cat'"},
      {kFamily + kGoalPaused, "was not put before"},
      {R"({"op":"record","circle":4,"kind":"Goal","id":"AAAAAAAAAAAAAAAAAAAAAQ","v":{}})",
       "was not named before"},
      {R"({"op":"circle","n":1,"kind":"wereld","name":"x","dossier":"AAAAAAAAAAAAAAAAAAAAAQ"})",
       "unknown kind of circle"},
      {kCircleLine + R"({"op":"record","circle":1,"kind":0,"id":"AAAAAAAAAAAAAAAAAAAAAQ","v":{}})",
       "no number of a kind"},
      {kCircleLine + R"({"op":"record","circle":1,"kind":77,"id":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"x":1}})",
       "has no field 'x'"},
      {kCircleLine +
           R"({"op":"record","circle":1,"kind":"Goal","id":"AAAAAAAAAAAAAAAAAAAAAQ","v":{},"conflicts":{"statement":["x"]}})",
       "no field with several values"},
      {kCircleLine +
           R"({"op":"record","circle":1,"kind":"Goal","id":"AAAAAAAAAAAAAAAAAAAAAQ","v":{},"unknown":[{"field":90,"rule":1}]})",
       "has no value"},
  };
  for (const Case& one : cases) {
    const Outcome run = import_text(one.lines);
    EXPECT_EQ(run.exit, 9) << one.lines;
    EXPECT_NE(run.error.find(one.reason), std::string::npos) << one.reason << "\n" << run.error;
  }
}

std::string goal_with(const std::string& values) {
  return R"({"t":9,"op":"put","kind":"goal","id":"AAAAAAAAAAAAAAAAAAAAAg","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{)" +
         values + "}}\n";
}

TEST_F(Transfer, RefusesALineBeyondItsLimits) {
  std::string fields;
  for (int i = 0; i < 300; ++i) fields += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":0";
  std::string values;
  for (int i = 0; i < 100'000; ++i) values += "0,";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {goal_with("\"x\":" + std::string(400'000, '[') + std::string(400'000, ']')), "more than 16 objects"},
      {goal_with(fields), "more than 256 fields"},
      {goal_with("\"x\":[" + values + "0]"), "more than 100000 values"},
      {goal_with("\"x\":\"" + std::string(5U << 20, 'a') + "\""), "a line of more than 4194304 bytes"},
  };
  for (const auto& [line, reason] : cases) {
    const Outcome run = import_text(kFamily + line);
    EXPECT_EQ(run.exit, 9) << run.error;
    EXPECT_NE(run.error.find(reason), std::string::npos) << reason << "\n" << run.error;
  }
  EXPECT_TRUE(world.at("tablet", {"list", "Goal"}).rows().empty());
}

TEST_F(Transfer, SaysThatAPackedFileWasCutShort) {
  const std::string whole = read_text(kCaseload);
  write_text(world.path("cut.gz"), whole.substr(0, whole.size() / 2));
  const Outcome run = world.at("tablet", {"import", "cut.gz"});
  EXPECT_EQ(run.exit, 5);
  EXPECT_NE(run.error.find("cut.gz line"), std::string::npos) << run.error;
  // What could be read stays, and the whole file goes on from there.
  EXPECT_FALSE(world.at("tablet", {"list", "Family"}).rows().empty());
  EXPECT_EQ(world.at("tablet", {"import", kCaseload}).exit, 0);
  EXPECT_EQ(world.at("tablet", {"list", "Family"}).rows().size(), 20U);
}

TEST_F(Transfer, NeedsAFileThatIsThere) {
  EXPECT_EQ(world.at("tablet", {"import", "nowhere.jsonl"}).exit, 3);
}

}  // namespace
}  // namespace thuisbasis
