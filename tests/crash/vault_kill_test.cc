// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "core/store/encrypted_database.h"
#include "tests/crash/writer_process.h"
#include "tests/support/seeded_random.h"

// Goal: kill -9 of a process that writes to a vault loses no acknowledged commit. Method: a real child
// process that tells of each commit through a pipe; it is killed after a random number of them, wherever it
// is by then, and the vault is opened and checked. No waiting for time: the acknowledgements drive the kill.

namespace thuisbasis {
namespace {

using crash::WriterProcess;

constexpr int kKills = 40;
constexpr std::uint64_t kAcknowledgementsMax = 30;

TEST(VaultKill, KillsOfTheWritingProcessLoseNoAcknowledgedCommit) {
  const std::uint64_t seed = 20;
  std::cout << "seed " << seed << ", " << kKills << " kills\n";
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("vault-kill-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string path = folder / "vault.db";
  {
    WriterProcess maker(path, seed);
    EXPECT_FALSE(maker.next().has_value()) << "the first run only makes the vault";
    EXPECT_FALSE(maker.was_killed());
  }
  testing_support::SeededRandom random(seed);
  std::int64_t acknowledged = 0;
  int with_wal = 0;
  for (int round = 0; round < kKills; ++round) {
    WriterProcess writer(path, seed + 1 + static_cast<std::uint64_t>(round));
    const std::uint64_t wanted = 1 + random.engine()() % kAcknowledgementsMax;
    for (std::uint64_t seen = 0; seen < wanted; ++seen) {
      const auto number = writer.next();
      ASSERT_TRUE(number.has_value()) << "the writer ended by itself, round " << round;
      acknowledged = *number;
    }
    writer.kill();
    ASSERT_TRUE(writer.was_killed());
    while (const auto number = writer.next()) acknowledged = *number;  // what was in the pipe counts too
    if (std::filesystem::exists(path + "-wal")) ++with_wal;
    auto database = EncryptedDatabase::open({.path = path, .random = random},
                                            Secret::copy_of(Bytes(kDatabaseKeySize, 1)));
    ASSERT_TRUE(database.has_value()) << database.error().message();
    sqlite::Connection& connection = database->connection();
    const std::int64_t last = connection.query_integer("SELECT coalesce(max(number), 0) FROM part").value();
    EXPECT_GE(last, acknowledged) << "round " << round;
    EXPECT_EQ(connection.query_integer("SELECT count(*) FROM part").value(), 3 * last) << "round " << round;
    ASSERT_TRUE(database->check_integrity().has_value()) << "round " << round;
  }
  EXPECT_EQ(with_wal, kKills) << "a killed writer leaves its WAL";
  std::cout << acknowledged << " commits acknowledged, none lost\n";
  std::filesystem::remove_all(folder);
}

TEST(VaultKill, ASecondProcessFindsTheVaultLocked) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("vault-lock-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "vault.db";
  {
    WriterProcess maker(path, 1);
    EXPECT_FALSE(maker.next().has_value());
    EXPECT_FALSE(maker.was_killed());
  }
  testing_support::SeededRandom random(1);
  const Secret key = Secret::copy_of(Bytes(kDatabaseKeySize, 1));
  {
    WriterProcess writer(path, 2);
    ASSERT_TRUE(writer.next().has_value());
    auto database = EncryptedDatabase::open({.path = path, .random = random}, key);
    ASSERT_FALSE(database.has_value());
    EXPECT_EQ(database.error().code(), Code::kLocked) << database.error().message();
    writer.kill();
    EXPECT_TRUE(writer.was_killed());
  }
  EXPECT_TRUE(EncryptedDatabase::open({.path = path, .random = random}, key).has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace thuisbasis
