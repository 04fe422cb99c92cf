// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::read_text;
using testing_support::World;
using testing_support::write_text;

struct Enrolment : testing::Test {
  Enrolment() { world.make_municipality(); }
  /// The invitation's text.
  std::string invite() const {
    const Outcome invited = world.run({"municipality", "invite", "emmen", "--relay", "https://relay.example",
                                       "--organisation", "De Zuiderbreedte", "--role", "intern begeleider"});
    EXPECT_EQ(invited.exit, 0) << invited.error;
    return invited.out.substr(0, invited.out.find('\n'));
  }
  Outcome ask(const std::string& device, const std::string& invitation) const {
    return world.at(device, {"join", invitation, "--name", device, "--request-out", device + ".request"});
  }
  Outcome approve(const std::string& request, const std::string& answer,
                  std::vector<std::string> more = {"--yes"}) const {
    std::vector<std::string> arguments = {"municipality", "approve", "emmen", "--request",
                                          request,        "--out",   answer,  "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return world.run(arguments);
  }
  World world;
};

TEST_F(Enrolment, ShowsBothSidesTheSameSixDigits) {
  const Outcome asked = ask("laptop", invite());
  ASSERT_EQ(asked.exit, 0) << asked.error;
  const Outcome approved = approve("laptop.request", "laptop.answer");
  ASSERT_EQ(approved.exit, 0) << approved.error;
  const std::string code = approved.row()["code"];
  EXPECT_EQ(code.size(), 6U);
  EXPECT_EQ(asked.row()["code"], code);
  const auto joined = world.at("laptop", {"join", "--answer", "laptop.answer"}).row();
  EXPECT_EQ(joined["municipality"], "Emmen");
  EXPECT_EQ(joined["role"], "intern begeleider");
}

TEST_F(Enrolment, DrawsTheInvitationForACamera) {
  const Outcome invited = world.run({"municipality", "invite", "emmen", "--relay", "https://relay.example",
                                     "--organisation", "X", "--role", "Y", "--qr", "code.svg"});
  ASSERT_EQ(invited.exit, 0) << invited.error;
  EXPECT_TRUE(read_text(world.path("code.svg")).starts_with("<svg"));
  const Outcome long_name =
      world.run({"municipality", "invite", "emmen", "--relay", "https://relay.example", "--organisation",
                 std::string(3000, 'x'), "--role", "Y", "--qr", "long.svg"});
  EXPECT_EQ(long_name.exit, 9) << long_name.error;
  EXPECT_NE(long_name.error.find("QR code"), std::string::npos) << long_name.error;
}

TEST_F(Enrolment, GivesEveryDeviceAHigherSerial) {
  ask("laptop", invite());
  ask("tablet", invite());
  EXPECT_EQ(approve("tablet.request", "a").row()["serial"], 1);
  EXPECT_EQ(approve("laptop.request", "b").row()["serial"], 2);
}

TEST_F(Enrolment, WantsTheCodeConfirmedByAPerson) {
  ask("laptop", invite());
  const Outcome alone = approve("laptop.request", "laptop.answer", {});
  EXPECT_EQ(alone.exit, 7);
  EXPECT_TRUE(read_text(world.path("laptop.answer")).empty());
}

TEST_F(Enrolment, RedeemsAnInvitationOnce) {
  const std::string invitation = invite();
  ask("laptop", invitation);
  ask("thief", invitation);
  ASSERT_EQ(approve("laptop.request", "laptop.answer").exit, 0);
  const Outcome second = approve("thief.request", "thief.answer");
  EXPECT_EQ(second.exit, 7);
  EXPECT_NE(second.error.find("was used by laptop"), std::string::npos) << second.error;
  EXPECT_TRUE(read_text(world.path("thief.answer")).empty());
}

TEST_F(Enrolment, GivesALostAnswerAgain) {
  ask("laptop", invite());
  ASSERT_EQ(approve("laptop.request", "first").exit, 0);
  ASSERT_EQ(approve("laptop.request", "second").exit, 0);
  EXPECT_EQ(read_text(world.path("first")), read_text(world.path("second")));
}

TEST_F(Enrolment, RefusesARequestForAnInvitationItNeverGave) {
  World elsewhere;
  elsewhere.make_municipality();
  const Outcome invited = elsewhere.run({"municipality", "invite", "emmen", "--relay",
                                         "https://relay.example", "--organisation", "X", "--role", "Y"});
  ask("stranger", invited.out.substr(0, invited.out.find('\n')));
  const Outcome refused = approve("stranger.request", "answer");
  EXPECT_EQ(refused.exit, 3);
  EXPECT_NE(refused.error.find("no invitation of this municipality"), std::string::npos) << refused.error;
}

TEST_F(Enrolment, SaysThatAnInvitationWasNotCopiedWhole) {
  const std::string invitation = invite();
  const Outcome cut = ask("laptop", invitation.substr(0, invitation.size() - 9));
  EXPECT_EQ(cut.exit, 9);
  EXPECT_NE(cut.error.find("copied whole"), std::string::npos) << cut.error;
}

TEST_F(Enrolment, KeepsTheMunicipalitysKeysForItsOwnerOnly) {
  for (const std::string name : {"registrar.wrap", "archive.wrap", "invitations.jsonl"}) {
    invite();
    struct stat about {};
    ASSERT_EQ(::stat(world.path("emmen/" + name).c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_mode & 077, 0U) << name;
  }
}

TEST_F(Enrolment, NeedsTheMunicipalitysPassphraseToCertify) {
  ask("laptop", invite());
  write_text(world.path("other"), "een heel andere wachtzin\n");
  ASSERT_EQ(::chmod(world.path("other").c_str(), 0600), 0);
  const Outcome refused = approve("laptop.request", "answer", {"--yes", "--passphrase-file", "other"});
  EXPECT_EQ(refused.exit, 4);
  EXPECT_EQ(approve("laptop.request", "answer").exit, 0) << "the invitation was not used up";
}

TEST_F(Enrolment, AsksAgainWithTheSameRequest) {
  const std::string invitation = invite();
  ASSERT_EQ(ask("laptop", invitation).exit, 0);
  const std::string first = read_text(world.path("laptop.request"));
  ASSERT_EQ(ask("laptop", invitation).exit, 0);
  EXPECT_EQ(read_text(world.path("laptop.request")), first);
}

}  // namespace
}  // namespace thuisbasis
