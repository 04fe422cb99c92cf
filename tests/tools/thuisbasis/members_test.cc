// SPDX-License-Identifier: EUPL-1.2
// Who is in a circle and who decides about it, by the commands of its members.
#include <gtest/gtest.h>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::World;

constexpr int kRefused = 7;
constexpr int kNotFound = 3;

struct Members : testing::Test {
  Members() {
    world.make_municipality();
    world.join("tablet");
    world.join("laptop");
    circle = world.make_circle("tablet", "school", "Gezin Brouwer");
  }
  Outcome at(std::vector<std::string> arguments) const { return world.at("tablet", std::move(arguments)); }
  Outcome admit(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"circle", "admit", circle, "--answer", world.path("laptop.answer")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return at(arguments);
  }
  /// The only other member.
  nlohmann::json other() const {
    for (const auto& row : at({"circle", "members", circle}).rows())
      if (!row["self"].get<bool>()) return row;
    return {};
  }

  World world;
  std::string circle;
};

TEST_F(Members, HaveARank) {
  EXPECT_EQ(at({"circle", "members", circle}).row()["rank"], "lead");
  EXPECT_EQ(admit({"--rank", "member"}).exit, 0);
  EXPECT_EQ(other()["rank"], "member");
  EXPECT_EQ(at({"circle", "lead", circle, "id:" + other()["device"].get<std::string>()}).exit, 0);
  EXPECT_EQ(other()["rank"], "lead");
  EXPECT_EQ(at({"circle", "policy", circle, "coaches"}).exit, kRefused) << "that is the lead's";
}

TEST_F(Members, AreTakenOutAndTheCircleGetsAnotherKey) {
  ASSERT_EQ(admit().exit, 0);
  const auto now =
      at({"circle", "remove", circle, "id:" + other()["device"].get<std::string>().substr(0, 8)}).row();
  EXPECT_EQ(now["members"], 1);
  EXPECT_EQ(now["epoch"], 2);
  EXPECT_EQ(now["waits"], "epoch_new") << "the relay has not heard of it";
  EXPECT_EQ(at({"circle", "members", circle}).rows().size(), 1U);
  EXPECT_EQ(admit().exit, 0) << "and may be let in again";
  EXPECT_EQ(at({"circle", "members", circle, "--former"}).rows().size(), 0U);
}

TEST_F(Members, MayBeTakenOutOnceMoreToLimitWhatTheySaidWhenTheyLeft) {
  ASSERT_EQ(admit().exit, 0);
  const std::string name = other()["name"];
  ASSERT_EQ(at({"circle", "remove", circle, name}).exit, 0);
  const auto former = at({"circle", "members", circle, "--former"}).rows();
  ASSERT_EQ(former.size(), 1U);
  EXPECT_EQ(former.front()["name"], name);
  EXPECT_EQ(at({"circle", "remove", circle, name}).row()["epoch"], 3);
}

TEST_F(Members, AreNamedAsTheyStandInTheList) {
  ASSERT_EQ(admit().exit, 0);
  const Outcome unknown = at({"circle", "remove", circle, "Tablet van niemand"});
  EXPECT_EQ(unknown.exit, kNotFound);
  EXPECT_NE(unknown.error.find("Tablet van niemand"), std::string::npos);
  EXPECT_EQ(at({"circle", "remove", circle, other()["name"]}).row()["members"], 1);
}

TEST_F(Members, StayOneAtLeast) {
  const Outcome alone = at({"circle", "leave", circle});
  EXPECT_EQ(alone.exit, kRefused);
  EXPECT_NE(alone.error.find("last member"), std::string::npos) << alone.error;
}

TEST_F(Members, MayAllHaveANewKey) {
  ASSERT_EQ(admit().exit, 0);
  EXPECT_EQ(at({"circle", "rotate", circle}).row()["epoch"], 2);
  EXPECT_EQ(at({"circle", "members", circle}).rows().size(), 2U);
}

TEST_F(Members, DecideOnlyWhatThereIsToDecide) {
  EXPECT_NE(admit({"--rank", "boss"}).exit, 0);
  EXPECT_NE(at({"circle", "policy", circle, "nobody"}).exit, 0);
  EXPECT_EQ(at({"circle", "policy", circle, "coaches"}).exit, 0);
  EXPECT_EQ(at({"circle", "policy", circle, "anyone"}).exit, 0);
}

}  // namespace
}  // namespace thuisbasis
