// SPDX-License-Identifier: EUPL-1.2
// Whatever goes wrong around a vault: a clear word, an exit code, and nothing lost.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::read_text;
using testing_support::run_thuisbasis;
using testing_support::World;
using testing_support::write_text;

struct BadInput : testing::Test {
  BadInput() {
    world.make_municipality();
    world.join("tablet");
    world.make_circle("tablet", "kern", "Gezin Brouwer");
    id = world.at("tablet", {"put", "Goal", "statement=Elke ochtend op tijd"}).row().value("id", "");
  }
  void expect_goal_stands() const {
    const Outcome got = world.at("tablet", {"get", id});
    ASSERT_EQ(got.exit, 0) << got.error;
    EXPECT_EQ(got.row()["v"]["statement"], "Elke ochtend op tijd");
  }
  World world;
  std::string id;
};

TEST_F(BadInput, AWrongPassphraseOpensNothingAndBreaksNothing) {
  const Outcome run = run_thuisbasis(world.folder, {"get", id, "--vault", "tablet"}, "een andere wachtzin");
  EXPECT_EQ(run.exit, 4);
  EXPECT_NE(run.error.find("De wachtzin klopt niet."), std::string::npos) << run.error;
  expect_goal_stands();
}

TEST_F(BadInput, WithoutAPassphraseItSaysHowToGiveOne) {
  const Outcome run = run_thuisbasis(world.folder, {"get", id, "--vault", "tablet", "--lang", "en"}, "");
  EXPECT_EQ(run.exit, 4);
  EXPECT_NE(run.error.find("--passphrase-file"), std::string::npos) << run.error;
}

TEST_F(BadInput, APassphraseFileThatOthersCanReadIsRefused) {
  write_text(world.path("secret"), "een lange wachtzin\n");
  ASSERT_EQ(::chmod(world.path("secret").c_str(), 0644), 0);
  const std::vector<std::string> arguments = {"get", id, "--vault", "tablet", "--passphrase-file", "secret"};
  EXPECT_EQ(run_thuisbasis(world.folder, arguments, "").exit, 7);
  ASSERT_EQ(::chmod(world.path("secret").c_str(), 0600), 0);
  EXPECT_EQ(run_thuisbasis(world.folder, arguments, "").exit, 0);
}

TEST_F(BadInput, ADamagedPageIsReportedAsDamage) {
  const std::string database = world.path("tablet/vault.db");
  std::string bytes = read_text(database);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text(database, bytes);
  const Outcome doctor = world.at("tablet", {"doctor"});
  EXPECT_EQ(doctor.exit, 5) << doctor.out << doctor.error;
  EXPECT_NE(doctor.error.find("kDamaged"), std::string::npos) << doctor.error;
}

TEST_F(BadInput, ATruncatedDatabaseIsReportedAsDamage) {
  std::filesystem::resize_file(world.path("tablet/vault.db"), 8192);
  EXPECT_EQ(world.at("tablet", {"list", "Goal"}).exit, 5);
}

TEST_F(BadInput, ATornKeyFileSaysWhichFileItIs) {
  std::filesystem::resize_file(world.path("tablet/key.wrap"), 20);
  const Outcome run = world.at("tablet", {"list", "Goal"});
  EXPECT_EQ(run.exit, 9);
  EXPECT_NE(run.error.find("wrapped key"), std::string::npos) << run.error;
}

TEST_F(BadInput, AnUnknownSuiteAsksForANewerVersion) {
  std::string blob = read_text(world.path("tablet/key.wrap"));
  blob[5] = 9;  // the low byte of the suite
  write_text(world.path("tablet/key.wrap"), blob);
  const Outcome run = world.at("tablet", {"list", "Goal"});
  EXPECT_EQ(run.exit, 9);
  EXPECT_NE(run.error.find("kUnknownSuite"), std::string::npos) << run.error;
}

TEST_F(BadInput, AVaultThatIsNotThereIsNamed) {
  const Outcome run = world.at("nowhere", {"list", "Goal"});
  EXPECT_EQ(run.exit, 3);
  EXPECT_NE(run.error.find("nowhere"), std::string::npos) << run.error;
}

TEST_F(BadInput, AVaultThatWasNeverFinishedIsMadeAgain) {
  std::filesystem::create_directory(world.path("half"));
  write_text(world.path("half/vault.db"), std::string(4096, '\xa5'));  // a first page that was torn
  const Outcome run = world.at("half", {"list", "Goal"});
  EXPECT_EQ(run.exit, 3);
  EXPECT_NE(run.error.find("no vault in"), std::string::npos) << run.error;
  world.join("half");
  EXPECT_EQ(world.at("half", {"doctor"}).exit, 0);
  expect_goal_stands();
}

TEST_F(BadInput, ATimeoutThatIsNoNumberOfSecondsIsRefused) {
  for (const char* timeout : {"0", "-3", "3601", "lang", "10s"}) {
    const Outcome run = world.at("tablet", {"sync", std::string("--timeout=") + timeout});
    EXPECT_EQ(run.exit, 9) << timeout << run.error;
    EXPECT_NE(run.error.find("from 1 to 3600"), std::string::npos) << run.error;
  }
}

TEST_F(BadInput, ARelayThatCannotBeReachedIsNoDisaster) {
  const Outcome run = run_thuisbasis(world.folder, {"sync", "--vault", "tablet"});
  EXPECT_EQ(run.exit, 6);
  EXPECT_NE(run.error.find("Je werkt zonder internet. Dat mag."), std::string::npos) << run.error;
  const Outcome status = run_thuisbasis(world.folder, {"status", "--vault", "tablet"});
  EXPECT_NE(status.out.find("Je werkt zonder internet. Dat mag."), std::string::npos) << status.out;
  expect_goal_stands();
}

TEST_F(BadInput, AnAnswerOfSomebodyElseIsRefused) {
  world.join("laptop");
  const Outcome invited = world.run({"municipality", "invite", "emmen", "--relay", "https://relay.example",
                                     "--organisation", "X", "--role", "Y"});
  const std::string invitation = invited.out.substr(0, invited.out.find('\n'));
  ASSERT_EQ(world.at("third", {"join", invitation, "--name", "third", "--request-out", "third.request"}).exit,
            0);
  const Outcome wrong = world.at("third", {"join", "--answer", "laptop.answer"});
  EXPECT_EQ(wrong.exit, 7) << wrong.error;
  write_text(world.path("noise"), "this is no answer");
  EXPECT_EQ(world.at("third", {"join", "--answer", "noise"}).exit, 9);
}

TEST_F(BadInput, AShortPassphraseIsRefusedForANewVault) {
  const Outcome run =
      run_thuisbasis(world.folder, {"municipality", "create", "other", "--name", "X"}, "kort");
  EXPECT_EQ(run.exit, 9);
  EXPECT_FALSE(std::filesystem::exists(world.path("other")));
}

TEST_F(BadInput, ErrorsAreJsonToo) {
  const Outcome run = world.at("tablet", {"get", "AAAAAAAAAAAAAAAAAAAAAQ"});
  EXPECT_EQ(run.exit, 3);
  const auto error = nlohmann::json::parse(run.error, nullptr, false);
  EXPECT_EQ(error["error"]["code"], "kNotFound") << run.error;
}

}  // namespace
}  // namespace thuisbasis
