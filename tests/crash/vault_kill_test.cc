// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>

#include "core/store/encrypted_database.h"
#include "tests/support/seeded_random.h"

// Goal: kill -9 of a process that writes to a vault loses no acknowledged commit. Method: a real child
// process that tells of each commit through a pipe; it is killed after a random number of them, wherever it
// is by then, and the vault is opened and checked. No waiting for time: the acknowledgements drive the kill.

namespace thuisbasis {
namespace {

constexpr int kKills = 40;
constexpr std::uint64_t kAcknowledgementsMax = 30;

/// The writer, and the reading end of its pipe.
class Writer {
 public:
  Writer(const std::string& path, std::uint64_t seed) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = TB_VAULT_WRITER;
    std::string path_argument = path;
    std::string seed_argument = std::to_string(seed);
    char* const arguments[] = {program.data(), path_argument.data(), seed_argument.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Writer() { ::close(from_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// The next acknowledged number; nothing after the child's end.
  std::optional<std::int64_t> next() {
    std::int64_t number = 0;
    std::size_t got = 0;
    while (got < sizeof number) {
      const ssize_t count = ::read(from_, reinterpret_cast<char*>(&number) + got, sizeof number - got);
      if (count <= 0) return std::nullopt;
      got += static_cast<std::size_t>(count);
    }
    return number;
  }
  void kill() { ::kill(child_, SIGKILL); }
  /// True when it was the kill that ended it.
  bool wait_for_end() {
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  pid_t child_ = 0;
  int from_ = -1;
};

TEST(VaultKill, KillsOfTheWritingProcessLoseNoAcknowledgedCommit) {
  const std::uint64_t seed = 20;
  std::cout << "seed " << seed << ", " << kKills << " kills\n";
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("vault-kill-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string path = folder / "vault.db";
  {
    Writer maker(path, seed);
    EXPECT_FALSE(maker.next().has_value()) << "the first run only makes the vault";
    EXPECT_FALSE(maker.wait_for_end());
  }
  testing_support::SeededRandom random(seed);
  std::int64_t acknowledged = 0;
  int with_wal = 0;
  for (int round = 0; round < kKills; ++round) {
    Writer writer(path, seed + 1 + static_cast<std::uint64_t>(round));
    const std::uint64_t wanted = 1 + random.engine()() % kAcknowledgementsMax;
    for (std::uint64_t seen = 0; seen < wanted; ++seen) {
      const auto number = writer.next();
      ASSERT_TRUE(number.has_value()) << "the writer ended by itself, round " << round;
      acknowledged = *number;
    }
    writer.kill();
    ASSERT_TRUE(writer.wait_for_end());
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
    Writer maker(path, 1);
    EXPECT_FALSE(maker.next().has_value());
    EXPECT_FALSE(maker.wait_for_end());
  }
  testing_support::SeededRandom random(1);
  const Secret key = Secret::copy_of(Bytes(kDatabaseKeySize, 1));
  {
    Writer writer(path, 2);
    ASSERT_TRUE(writer.next().has_value());
    auto database = EncryptedDatabase::open({.path = path, .random = random}, key);
    ASSERT_FALSE(database.has_value());
    EXPECT_EQ(database.error().code(), Code::kLocked) << database.error().message();
    writer.kill();
    EXPECT_TRUE(writer.wait_for_end());
  }
  EXPECT_TRUE(EncryptedDatabase::open({.path = path, .random = random}, key).has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace thuisbasis
