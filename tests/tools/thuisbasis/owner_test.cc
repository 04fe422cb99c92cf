// SPDX-License-Identifier: EUPL-1.2
// One process owns a vault and serves the commands of others.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::run_thuisbasis;
using testing_support::World;

struct Owner : testing::Test {
  Owner() {
    world.make_municipality();
    world.join("tablet");
    world.make_circle("tablet", "kern", "Gezin Brouwer");
    const Outcome unlocked = world.at("tablet", {"unlock", "--minutes", "1"});
    EXPECT_EQ(unlocked.exit, 0) << unlocked.error;
  }
  ~Owner() override { world.at("tablet", {"lock"}); }
  /// Without any passphrase.
  Outcome bare(std::vector<std::string> arguments, const std::string& input = {}) const {
    arguments.insert(arguments.end(), {"--vault", "tablet", "--json"});
    return run_thuisbasis(world.folder, arguments, "", input);
  }
  World world;
};

TEST_F(Owner, ServesOtherCommandsWithoutThePassphrase) {
  const Outcome put = bare({"put", "Goal", "statement=Zwemles"});
  ASSERT_EQ(put.exit, 0) << put.error;
  const std::string id = put.row()["id"];
  EXPECT_EQ(bare({"get", id}).row()["v"]["statement"], "Zwemles");
  EXPECT_EQ(bare({"get", "AAAAAAAAAAAAAAAAAAAAAQ"}).exit, 3) << "exit codes come through";
}

TEST_F(Owner, ReadsStandardInputAndFilesAsTheAskingCommandMeansThem) {
  const std::string family =
      R"({"t":1,"op":"put","kind":"family","id":"AAAAAAAAAAAAAAAAAAAAAQ","familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"name":"X"}})";
  EXPECT_EQ(bare({"import", "-"}, family).row()["written"], 1);
  EXPECT_EQ(bare({"export", "relative.jsonl"}).exit, 0);
  EXPECT_TRUE(std::filesystem::exists(world.path("relative.jsonl")));
}

TEST_F(Owner, KeepsItsSocketToItself) {
  struct stat about {};
  ASSERT_EQ(::stat(world.path("tablet/agent.sock").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(Owner, StaysWhenAskedToUnlockAgain) {
  EXPECT_EQ(bare({"unlock"}).exit, 0);
  EXPECT_EQ(bare({"list", "Goal"}).exit, 0);
}

TEST_F(Owner, LetsNobodyWatchBesideIt) { EXPECT_EQ(world.at("tablet", {"sync", "--watch"}).exit, 8); }

TEST_F(Owner, LocksAndLetsGoOfTheVault) {
  ASSERT_EQ(bare({"lock"}).exit, 0);
  EXPECT_FALSE(std::filesystem::exists(world.path("tablet/agent.sock")));
  EXPECT_EQ(bare({"list", "Goal"}).exit, 4) << "the passphrase is needed again";
  EXPECT_EQ(world.at("tablet", {"list", "Goal"}).exit, 0) << "and the vault is free";
}

TEST_F(Owner, SaysWhyItCannotUnlock) {
  bare({"lock"});
  const Outcome wrong = run_thuisbasis(world.folder, {"unlock", "--vault", "tablet"}, "een andere wachtzin");
  EXPECT_EQ(wrong.exit, 4) << wrong.error;
}

}  // namespace
}  // namespace thuisbasis
