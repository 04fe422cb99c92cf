// SPDX-License-Identifier: EUPL-1.2
// What Vault::examine finds in what is stored.
#include <gtest/gtest.h>

#include "core/store/encrypted_database.h"
#include "tests/support/device.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::Municipality;
using testing_support::SeededRandom;

struct Doctor : testing::Test {
  SeededRandom random{51};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  Device tablet{emmen, "Anneke", 52};
  CircleId circle =
      tablet.vault.create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}}).value();

  /// As a fault in memory could have it, before the page was sealed.
  void change_behind_its_back(const std::string& sql) {
    { const Vault closing = std::move(tablet.vault); }
    {
      auto database = EncryptedDatabase::open({tablet.path(), tablet.random}, Device::key()).value();
      const Status done = database.connection().execute(sql);
      ASSERT_TRUE(done) << done.error().message();
    }
    tablet.vault = Vault::open(tablet.path(), Device::key(), tablet.world()).value();
  }
  std::vector<std::string> damage() { return tablet.vault.examine()->damage; }
};

/// The last byte of an entry is its signature's.
std::string other_signature(const char* number) {
  return "UPDATE tb_membership SET entry = CAST(substr(entry, 1, length(entry) - 1) || x'00' AS BLOB) "
         "WHERE number = " +
         std::string(number);
}

TEST_F(Doctor, ProvesAnEntryThatIsKeptThoughItsCircleOpensWithoutThat) {
  EXPECT_TRUE(damage().empty());
  change_behind_its_back(other_signature("0"));
  EXPECT_EQ(tablet.vault.members(circle)->size(), 1U);
  const std::vector<std::string> found = damage();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found.front().find("signature does not verify: membership entry 0"), std::string::npos)
      << found.front();
}

TEST_F(Doctor, NeedNotBeAskedWhereTheNewestEntryIsNotAsItWasSigned) {
  change_behind_its_back(other_signature("(SELECT max(number) FROM tb_membership)"));
  const auto members = tablet.vault.members(circle);
  ASSERT_FALSE(members);
  EXPECT_EQ(members.error().code(), Code::kBadSignature);
  EXPECT_EQ(damage().size(), 1U);
}

TEST_F(Doctor, FindsACircleThatDoesNotOpen) {
  change_behind_its_back("DELETE FROM tb_membership WHERE number = 0");
  EXPECT_FALSE(tablet.vault.members(circle));
  EXPECT_EQ(damage().size(), 1U);
}

}  // namespace
}  // namespace thuisbasis
