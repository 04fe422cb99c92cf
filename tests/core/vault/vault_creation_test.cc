// SPDX-License-Identifier: EUPL-1.2
// A vault is there or it is not: whatever interrupts its creation, it can be opened or made again, and a
// vault that was promised is never made over.
#include <gtest/gtest.h>

#include "core/vault/vault.h"
#include "tests/support/crash_disk.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

using testing_support::CrashDisk;
using testing_support::FakeClock;
using testing_support::SeededRandom;

constexpr const char* kPath = "/vault.db";
constexpr std::uint64_t kOperationsMax = 10'000;

struct World {
  explicit World(std::uint64_t seed) : disk(seed), random(seed) {}
  VaultWorld seen() { return {clock, random, Schema::builtin(), disk.vfs_name()}; }
  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }
  Result<Vault> create() { return Vault::create(kPath, key(), seen()); }
  Result<Vault> open() { return Vault::open(kPath, key(), seen()); }

  CrashDisk disk;
  SeededRandom random;
  FakeClock clock;
};

/// Interrupts a creation at every operation in turn; `after` looks at what is left. How many it took.
template <typename After>
std::uint64_t interrupt_everywhere(CrashDisk::Fault fault, After after) {
  for (std::uint64_t nth = 1; nth < kOperationsMax; ++nth) {
    World world(nth);
    world.disk.fail_at(nth, fault);
    const bool created = world.create().has_value();
    const bool struck = world.disk.failed();
    world.disk.stop_failing();
    after(world, created);
    if (testing::Test::HasFailure()) ADD_FAILURE() << "interrupted at operation " << nth;
    if (!struck || testing::Test::HasFailure()) return nth - 1;
  }
  return kOperationsMax;
}

/// Opens or makes it, as an application does at its next start.
void expect_usable(World& world, bool created) {
  const auto stands = Vault::stands_at(kPath, world.seen());
  ASSERT_TRUE(stands.has_value()) << stands.error().message();
  EXPECT_TRUE(*stands || !created) << "a vault that was promised is there";
  auto vault = *stands ? world.open() : world.create();
  ASSERT_TRUE(vault.has_value()) << (*stands ? "open: " : "create: ") << vault.error().message();
  const DoctorReport report = vault->examine().value();
  EXPECT_TRUE(report.damage.empty()) << report.damage.front();
}

TEST(VaultCreation, LeavesAVaultOrNoneWhereverThePowerFails) {
  const std::uint64_t points =
      interrupt_everywhere(CrashDisk::Fault::kPowerLoss, [](World& world, bool created) {
        const bool garbage = world.random.engine()() % 2 == 0;
        world.disk.restart(garbage ? CrashDisk::Tear::kWithGarbage : CrashDisk::Tear::kOldOrNew);
        expect_usable(world, created);
      });
  EXPECT_GT(points, 20U) << "every one of them was tried";
}

TEST(VaultCreation, CanBeTriedAgainAfterADiskErrorOrAFullDisk) {
  for (const CrashDisk::Fault fault : {CrashDisk::Fault::kIoError, CrashDisk::Fault::kDiskFull})
    EXPECT_GT(interrupt_everywhere(fault, expect_usable), 20U);
}

TEST(VaultCreation, ATornFirstPageIsNoVault) {
  World world(7);
  world.disk.put(kPath, Bytes(4096, 0xa5));
  EXPECT_FALSE(Vault::stands_at(kPath, world.seen()).value());
  const auto opened = world.open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), Code::kNotFound);
  EXPECT_NE(opened.error().context().find("create it again"), std::string::npos);
  EXPECT_TRUE(world.create().has_value());
}

TEST(VaultCreation, NeverMakesOverAVaultThatWasFinished) {
  World world(8);
  ASSERT_TRUE(world.create().has_value());
  Bytes content = world.disk.content(kPath);
  ASSERT_GT(content.size(), 4096U);
  std::fill_n(content.begin(), 4096, Byte{0});  // damaged where it tells most
  world.disk.put(kPath, content);
  EXPECT_EQ(world.create().error().code(), Code::kAlreadyExists);
  EXPECT_EQ(world.disk.content(kPath), content);
  EXPECT_FALSE(world.open().has_value());
}

TEST(VaultCreation, DoesNotDisturbAnotherProcessThatIsAtIt) {
  World world(9);
  const Result<Vault> first = world.create();
  ASSERT_TRUE(first.has_value());
  const auto second = world.create();
  ASSERT_FALSE(second.has_value());
  EXPECT_TRUE(first->examine()->damage.empty());
}

}  // namespace
}  // namespace thuisbasis
