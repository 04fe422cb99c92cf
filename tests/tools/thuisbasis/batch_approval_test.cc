// SPDX-License-Identifier: EUPL-1.2
// Requests and answers carried in folders, to and from a computer that is on no network.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::read_text;
using testing_support::World;
using testing_support::write_text;

struct BatchApproval : testing::Test {
  BatchApproval() {
    world.make_municipality();
    std::filesystem::create_directory(world.path("requests"));
  }
  nlohmann::json invite() const {
    return world
        .run({"municipality", "invite", "emmen", "--relay", "https://relay.example", "--organisation",
              "De Bargeschool", "--role", "intern begeleider", "--json"})
        .row();
  }
  void ask(const std::string& device, const std::string& invitation) const {
    const Outcome asked = world.at(
        device, {"join", invitation, "--name", device, "--request-out", "requests/" + device + ".request"});
    ASSERT_EQ(asked.exit, 0) << asked.error;
  }
  Outcome approve(std::vector<std::string> more = {"--yes"}) const {
    std::vector<std::string> arguments = {"municipality", "approve",   "emmen",   "--requests",
                                          "requests",     "--answers", "answers", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return world.run(arguments);
  }
  std::string answer(const std::string& device) const {
    return read_text(world.path("answers/" + device + ".request.answer"));
  }
  std::string refusal(const std::string& device) const {
    return read_text(world.path("answers/" + device + ".request.refused.txt"));
  }
  World world;
};

TEST_F(BatchApproval, AnswersEveryRequestOfAFolder) {
  for (const std::string device : {"laptop", "tablet"}) ask(device, invite()["invitation"]);
  const Outcome approved = approve();
  ASSERT_EQ(approved.exit, 0) << approved.error;
  EXPECT_EQ(approved.rows().size(), 2U);
  for (const std::string device : {"laptop", "tablet"}) {
    const Outcome joined = world.at(device, {"join", "--answer", "answers/" + device + ".request.answer"});
    EXPECT_EQ(joined.row()["name"], device) << joined.error;
  }
}

TEST_F(BatchApproval, RefusesWhatRacesForOneInvitation) {
  const std::string invitation = invite()["invitation"];
  ask("laptop", invitation);
  ask("thief", invitation);
  ask("tablet", invite()["invitation"]);
  EXPECT_EQ(approve().exit, 7);
  EXPECT_FALSE(answer("tablet").empty()) << "one race holds nobody else up";
  for (const std::string device : {"laptop", "thief"}) {
    EXPECT_TRUE(answer(device).empty()) << device;
    EXPECT_NE(refusal(device).find("same invitation"), std::string::npos) << refusal(device);
  }

  const Outcome chosen = world.run({"municipality", "approve", "emmen", "--request",
                                    "requests/laptop.request", "--out", "laptop.answer", "--yes"});
  ASSERT_EQ(chosen.exit, 0) << chosen.error;
  EXPECT_EQ(approve().exit, 7);
  EXPECT_EQ(answer("laptop"), read_text(world.path("laptop.answer")));
  EXPECT_TRUE(refusal("laptop").empty()) << "an old reason is taken away";
  EXPECT_TRUE(answer("thief").empty());
  EXPECT_NE(refusal("thief").find("was used by laptop"), std::string::npos) << refusal("thief");
}

TEST_F(BatchApproval, RefusesAWithdrawnInvitation) {
  const auto stolen = invite();
  ask("thief", stolen["invitation"]);
  const Outcome withdrawn = world.run({"municipality", "withdraw", "emmen", stolen["invitation"], "--json"});
  ASSERT_EQ(withdrawn.exit, 0) << withdrawn.error;
  EXPECT_EQ(withdrawn.row()["state"], "withdrawn");
  EXPECT_EQ(approve().exit, 7);
  EXPECT_TRUE(answer("thief").empty());
  EXPECT_NE(refusal("thief").find("was withdrawn"), std::string::npos) << refusal("thief");
}

TEST_F(BatchApproval, SaysWhatBecameOfEveryInvitation) {
  const auto open = invite();
  ask("laptop", invite()["invitation"]);
  ASSERT_EQ(approve().exit, 0);
  const Outcome listed = world.run({"municipality", "invitations", "emmen", "--json"});
  ASSERT_EQ(listed.rows().size(), 2U) << listed.error;
  EXPECT_EQ(listed.rows()[0]["state"], "open");
  EXPECT_EQ(listed.rows()[1]["state"], "used");
  EXPECT_EQ(listed.rows()[1]["name"], "laptop");
  EXPECT_EQ(listed.out.find(open["invitation"].get<std::string>()), std::string::npos)
      << "a list lets nobody in";
  const Outcome late = world.run({"municipality", "withdraw", "emmen", listed.rows()[1]["invitation"]});
  EXPECT_EQ(late.exit, 7);
  EXPECT_NE(late.error.find("was used by laptop"), std::string::npos) << late.error;
}

TEST_F(BatchApproval, LeavesEverythingWhereNobodyCanCompareTheCodes) {
  ask("laptop", invite()["invitation"]);
  EXPECT_EQ(approve({}).exit, 7);
  EXPECT_TRUE(answer("laptop").empty());
  EXPECT_TRUE(refusal("laptop").empty());
}

TEST_F(BatchApproval, TakesNothingForARequestThatIsNone) {
  ask("laptop", invite()["invitation"]);
  write_text(world.path("requests/autorun.inf"), "[autorun]");
  write_text(world.path("requests/.hidden"), "x");
  write_text(world.path("outside"), read_text(world.path("requests/laptop.request")));
  std::filesystem::create_symlink(world.path("outside"), world.path("requests/link"));
  std::filesystem::create_directory(world.path("requests/folder"));
  const Outcome approved = approve();
  EXPECT_EQ(approved.exit, 9) << "a broken file is told";
  std::map<std::string, int> told;
  for (const auto& row : approved.rows()) ++told[row.contains("request") ? row["request"] : row["name"]];
  EXPECT_EQ(told, (std::map<std::string, int>{{"autorun.inf", 1}, {"laptop", 1}}));
  EXPECT_FALSE(answer("laptop").empty());
}

TEST_F(BatchApproval, ShowsANameWithoutLettingItSteerTheScreen) {
  const std::string invitation = invite()["invitation"];
  const Outcome asked = world.at("laptop", {"join", invitation, "--name", "Anneke\x1b[31m\xE2\x80\xAE",
                                            "--request-out", "requests/laptop.request"});
  ASSERT_EQ(asked.exit, 0) << asked.error;
  const Outcome approved = world.run(
      {"municipality", "approve", "emmen", "--requests", "requests", "--answers", "answers", "--yes"});
  ASSERT_EQ(approved.exit, 0) << approved.error;
  EXPECT_NE(approved.out.find("Anneke\xEF\xBF\xBD[31m\xEF\xBF\xBD"), std::string::npos) << approved.out;
  EXPECT_EQ(approved.out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace thuisbasis
