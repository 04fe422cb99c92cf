// SPDX-License-Identifier: EUPL-1.2
#include "tools/example/agree_on_goal.h"

#include <gtest/gtest.h>

#include "tests/support/device.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::Municipality;
using testing_support::SeededRandom;

TEST(Example, LeavesOneGoalThatIsTakenUpAndWaitsForTheNetwork) {
  SeededRandom random(1);
  Municipality municipality(random, 1'800'000'000'000);
  Device tablet(municipality, "Coach", 2);
  NewCircle kern;
  kern.kind = "kern";
  kern.name = "Een gezin";
  const auto circle = tablet.vault.create_circle(kern);
  ASSERT_TRUE(circle.has_value()) << circle.error().message();

  const auto write = agree_on_goal(tablet.vault, *circle);
  ASSERT_TRUE(write.has_value()) << write.error().message();

  const KindSchema& goals = *tablet.vault.schema().kind("Goal");
  ListFilter of_goals;
  of_goals.kind = goals.number;
  const auto listed = tablet.vault.list(of_goals);
  ASSERT_TRUE(listed.has_value()) << listed.error().message();
  ASSERT_EQ(listed->size(), 1U);
  records::Goal goal;
  ASSERT_TRUE(listed->front().read_into(goal, goals).has_value());
  EXPECT_EQ(goal.statement(), "Elke ochtend op tijd op school");
  EXPECT_EQ(goal.state(), records::GOAL_BEZIG);

  const auto state = tablet.vault.status(*write);
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(*state, WriteState::kPending);
}

}  // namespace
}  // namespace thuisbasis
