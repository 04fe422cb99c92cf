// SPDX-License-Identifier: EUPL-1.2
// Commands on one vault, run as users run them.
#include <gtest/gtest.h>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::run_thuisbasis;
using testing_support::World;

struct Commands : testing::Test {
  Commands() {
    world.make_municipality();
    world.join("tablet");
    circle = world.make_circle("tablet", "kern", "Gezin Brouwer");
  }
  Outcome at(std::vector<std::string> arguments) const { return world.at("tablet", std::move(arguments)); }
  std::string put_goal(const std::string& statement) const {
    const Outcome put = at({"put", "Goal", "statement=" + statement, "domain=school", "--circle", circle});
    EXPECT_EQ(put.exit, 0) << put.error;
    return put.row().value("id", "");
  }

  World world;
  std::string circle;
};

TEST_F(Commands, PutEditGetAndList) {
  const std::string id = put_goal("Elke ochtend op tijd");
  EXPECT_EQ(at({"edit", id, "state=bezig", "target_score=8"}).exit, 0);
  const auto shown = at({"get", id}).row();
  EXPECT_EQ(shown["kind"], "Goal");
  EXPECT_EQ(shown["v"]["statement"], "Elke ochtend op tijd");
  EXPECT_EQ(shown["v"]["state"], "bezig");
  EXPECT_EQ(shown["v"]["target_score"], 8);
  EXPECT_EQ(at({"list", "goal", "--circle", "kern Brouwer"}).row()["id"], id);
}

TEST_F(Commands, FindThingsByTheBeginningOfTheirId) {
  const std::string id = put_goal("Zwemles");
  const Outcome found = at({"get", "id:" + id.substr(0, 8)});
  EXPECT_EQ(found.row()["id"], id) << found.error;
  EXPECT_EQ(at({"circle", "members", "id:" + circle.substr(0, 6)}).exit, 0);
}

TEST_F(Commands, TakeAnIdThatBeginsWithADash) {
  const std::string id = "-ywc56ywKzKTdwqkHgd_CA";
  const Outcome put = at({"put", "Goal", "statement=Fietsen", "--circle", circle, "--id", id});
  ASSERT_EQ(put.exit, 0) << put.error;
  EXPECT_EQ(at({"get", id}).row()["v"]["statement"], "Fietsen");
  EXPECT_EQ(at({"edit", id, "why=Buiten zijn"}).exit, 0);
}

TEST_F(Commands, PutIntoTheOnlyCircleOrSayThatThereAreMore) {
  EXPECT_EQ(at({"put", "Goal", "statement=Een"}).exit, 0);
  world.make_circle("tablet", "school", "Gezin Brouwer");
  EXPECT_EQ(at({"put", "Goal", "statement=Twee"}).exit, 9);
  EXPECT_EQ(at({"put", "Goal", "statement=Drie", "--dossier", "Brouwer"}).exit, 0);
}

TEST_F(Commands, DeleteAndUndelete) {
  const std::string id = put_goal("Lezen");
  EXPECT_EQ(at({"delete", id}).exit, 0);
  EXPECT_EQ(at({"get", id}).exit, 3);
  EXPECT_EQ(at({"get", id, "--deleted"}).row()["deleted"], true);
  EXPECT_EQ(at({"undelete", id}).exit, 0);
  EXPECT_EQ(at({"get", id}).row()["v"]["statement"], "Lezen");
}

TEST_F(Commands, TellWhoDidWhat) {
  const std::string id = put_goal("Lezen");
  at({"edit", id, "why=Voor school"});
  const auto events = at({"history", id}).rows();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["created"], true);
  EXPECT_EQ(events[1]["author"], "tablet");
  EXPECT_EQ(events[1]["changes"][0], "why = Voor school");
}

TEST_F(Commands, ShareACopyThatKnowsItsOrigin) {
  const std::string id = put_goal("Samen lezen");
  const std::string school = world.make_circle("tablet", "school", "Gezin Brouwer");
  const Outcome shared = at({"share", id, "--to", "school Brouwer"});
  ASSERT_EQ(shared.exit, 0) << shared.error;
  EXPECT_NE(shared.row()["id"], id);
  EXPECT_EQ(shared.row()["circle"], school);
  EXPECT_EQ(shared.row()["origin"]["record"], id);
}

TEST_F(Commands, SearchWithoutMindingAccents) {
  const std::string id = put_goal("Eén broodtrommel per dag");
  EXPECT_EQ(at({"search", "een", "broodtr"}).row()["id"], id);
  EXPECT_TRUE(at({"search", "zwembad"}).out.empty());
}

TEST_F(Commands, SayWhereAWriteStands) {
  const std::string id = put_goal("Lezen");
  EXPECT_EQ(at({"status", id}).row()["state"], "pending");
  const Outcome said = world.run({"status", "--vault", world.path("tablet")});
  EXPECT_NE(said.out.find("Saved on this device: 1"), std::string::npos) << said.out;
  const Outcome dutch = run_thuisbasis(world.folder, {"status", "--vault", "tablet"});
  EXPECT_NE(dutch.out.find("Opgeslagen op dit apparaat: 1"), std::string::npos) << dutch.out;
}

TEST_F(Commands, ExamineTheVault) {
  put_goal("Lezen");
  const auto report = at({"doctor"}).row();
  EXPECT_EQ(report["well"], true);
  EXPECT_EQ(report["records"], 1);
  EXPECT_EQ(report["digests"][0]["digest"].get<std::string>().size(), 64U);
}

TEST_F(Commands, NameTheFieldAndWhatItTakes) {
  const Outcome wrong = at({"put", "Goal", "domain=geluk", "--circle", circle});
  EXPECT_EQ(wrong.exit, 9);
  EXPECT_NE(wrong.error.find("geldzaken"), std::string::npos) << wrong.error;
  EXPECT_NE(at({"put", "Goal", "colour=red", "--circle", circle}).error.find("statement"), std::string::npos);
  EXPECT_NE(at({"put", "Diagnosis", "code=F90", "--circle", circle}).error.find("VisitNote"),
            std::string::npos);
}

// ---- Without a vault ----

std::vector<std::string> command_paths(const std::string& folder) {
  // The manual holds a section for every command.
  const Outcome manual = run_thuisbasis(folder, {"docs", "man", "--lang", "en"});
  EXPECT_EQ(manual.exit, 0);
  std::vector<std::string> paths;
  std::istringstream lines(manual.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(".SS thuisbasis ", 0) != 0) continue;
    std::istringstream words(line.substr(15));
    std::string path;
    for (std::string word;
         words >> word && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;)
      path += (path.empty() ? "" : " ") + word;
    paths.push_back(path);
  }
  return paths;
}

TEST(Help, TeachesEveryCommandWithAnExampleInBothLanguages) {
  const World world;
  const auto paths = command_paths(world.folder);
  ASSERT_GT(paths.size(), 25U);
  for (const std::string& path : paths) {
    std::istringstream words(path);
    std::vector<std::string> arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.insert(arguments.end(), {"--help", "--lang", "nl"});
    const Outcome dutch = run_thuisbasis(world.folder, arguments);
    EXPECT_EQ(dutch.exit, 0) << path;
    EXPECT_NE(dutch.out.find("Voorbeelden:\n  thuisbasis " + path), std::string::npos) << path << "\n"
                                                                                       << dutch.out;
    arguments.back() = "en";
    const Outcome english = run_thuisbasis(world.folder, arguments);
    EXPECT_NE(english.out.find("Examples:\n  thuisbasis " + path), std::string::npos) << path;
  }
}

TEST(Help, NamesEveryCommandInTheCompletions) {
  const World world;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Outcome script = run_thuisbasis(world.folder, {"docs", shell});
    EXPECT_EQ(script.exit, 0);
    for (const std::string& path : command_paths(world.folder))
      EXPECT_NE(script.out.find(path.substr(path.find(' ') + 1)), std::string::npos) << shell << ": " << path;
  }
}

TEST(Help, IsNotNeededToSeeWhatWasWrittenWrongly) {
  const World world;
  const Outcome unknown = world.run({"fly"});
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_NE(unknown.error.find("fly"), std::string::npos) << unknown.error;
  const Outcome missing = world.run({"get"});
  EXPECT_EQ(missing.exit, 2);
  EXPECT_NE(missing.error.find("thuisbasis get --help"), std::string::npos) << missing.error;
  EXPECT_EQ(world.run({"get", "abcdef", "--lang", "fr"}).exit, 2);
}

}  // namespace
}  // namespace thuisbasis
