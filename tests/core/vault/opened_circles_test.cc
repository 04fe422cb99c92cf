// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/opened_circles.h"

#include <gtest/gtest.h>

#include "tests/support/device.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::Municipality;
using testing_support::SeededRandom;

/// Two tablets of a municipality, and a circle of one of them.
struct UndoneMembership : testing::Test {
  SeededRandom random{22};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  Device tablet{emmen, "Anneke", 31};
  Device phone{emmen, "Bram", 32};
  CircleId circle =
      tablet.vault.create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}}).value();

  std::size_t members() { return tablet.vault.members(circle)->size(); }
};

TEST_F(UndoneMembership, IsForgotten) {
  {
    auto batch = tablet.vault.begin().value();
    ASSERT_TRUE(tablet.vault.admit(circle, phone.answer_of_registrar, {}));
    ASSERT_EQ(members(), 2U);
  }
  EXPECT_EQ(members(), 1U);
  ASSERT_TRUE(tablet.vault.admit(circle, phone.answer_of_registrar, {}));
  EXPECT_EQ(members(), 2U);
}

/// The part of a vault's memory by itself.
struct OpenedCirclesTest : testing::Test {
  SeededRandom random{23};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  DeviceIdentity me = emmen.certified_device("Anneke");
  CircleId circle = random_id<CircleId>(random);
  OpenedCircles circles;

  void rebuild() { circles.keep(circle, MemberCircle(me, TrustRoots{emmen.registrar_key(), std::nullopt})); }
  bool is_known() { return circles.find(circle) != nullptr; }
};

TEST_F(OpenedCirclesTest, ForgetsWhatWasRebuiltWhileAnotherPartIsNotCommittedYet) {
  circles.change(circle);
  rebuild();
  circles.undone();
  EXPECT_FALSE(is_known());
  rebuild();
  circles.undone();
  EXPECT_FALSE(is_known());
}

TEST_F(OpenedCirclesTest, KeepsWhatWasNotChangedOrIsCommitted) {
  rebuild();
  circles.undone();
  EXPECT_TRUE(is_known());
  circles.change(circle);
  circles.ended();
  circles.undone();
  EXPECT_TRUE(is_known());
}

}  // namespace
}  // namespace thuisbasis
