// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "core/store/encrypted_database.h"
#include "tests/crash/writer_process.h"
#include "tests/support/device.h"

// Goal: a disk that fills up under a process that writes to a vault loses no acknowledged commit, and the
// writing goes on when there is room. Method: a real child process that tells of each commit, and room that
// ends at a random byte, again and again.

namespace thuisbasis::crash {
namespace {

constexpr int kRounds = 12;
constexpr std::uint64_t kRoomMin = 20'000;
constexpr std::uint64_t kRoomMax = 200'000;

class FullDisk : public testing::Test {
 protected:
  FullDisk() : seed_(std::random_device{}()), random_(seed_) { std::cout << "seed " << seed_ << "\n"; }

  void make(const std::string& path) {
    path_ = path;
    WriterProcess maker(path_, 1);
    EXPECT_FALSE(maker.next().has_value()) << "the first run only makes the vault";
    EXPECT_FALSE(maker.was_killed());
  }
  std::uint64_t room() { return random_.engine()() % kRoomMax; }

  /// Writes until there is no room left.
  void write_until_full(std::uint64_t round, std::uint64_t file_bytes_max) {
    WriterProcess writer(path_, seed_ + round, file_bytes_max);
    while (const auto number = writer.next()) acknowledged_ = *number;
    EXPECT_FALSE(writer.was_killed()) << "it ends by itself, with an error";
  }

  void expect_nothing_lost(std::uint64_t round) {
    auto database = EncryptedDatabase::open({.path = path_, .random = random_},
                                            Secret::copy_of(Bytes(kDatabaseKeySize, 1)));
    ASSERT_TRUE(database.has_value()) << "round " << round << ": " << database.error().message();
    sqlite::Connection& connection = database->connection();
    const std::int64_t last = connection.query_integer("SELECT coalesce(max(number), 0) FROM part").value();
    EXPECT_GE(last, acknowledged_) << "round " << round;
    EXPECT_EQ(connection.query_integer("SELECT count(*) FROM part").value(), 3 * last) << "round " << round;
    EXPECT_TRUE(database->check_integrity().has_value()) << "round " << round;
  }
  void tell() const { std::cout << kRounds << " times full, " << acknowledged_ << " commits, none lost\n"; }

  testing_support::TemporaryFolder folder_;
  std::uint64_t seed_;
  testing_support::SeededRandom random_;
  std::string path_;
  std::int64_t acknowledged_ = 0;
};

TEST_F(FullDisk, AsAFileThatMayNotGrowLosesNoAcknowledgedCommit) {
  make(folder_ / "vault.db");
  for (std::uint64_t round = 1; round <= kRounds && !HasFailure(); ++round) {
    write_until_full(round, kRoomMin + room());
    expect_nothing_lost(round);
  }
  EXPECT_GT(acknowledged_, kRounds);
  tell();
}

/// A file system of its own. Mounted as long as it lives, where that is permitted.
class SmallFileSystem {
 public:
  explicit SmallFileSystem(const std::string& place) : place_(place) {
    mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, "mode=0700,size=8m") == 0;
  }
  ~SmallFileSystem() {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  bool mounted() const { return mounted_; }

  void leave_room(std::uint64_t bytes) const {
    const std::uint64_t free = std::filesystem::space(place_).available;
    if (free > bytes) std::ofstream(place_ + "/filler") << std::string(free - bytes, 'x');
  }
  void make_room() const { std::filesystem::remove(place_ + "/filler"); }

 private:
  std::string place_;
  bool mounted_ = false;
};

TEST_F(FullDisk, LosesNoAcknowledgedCommitAndGoesOnWhenThereIsRoom) {
  const SmallFileSystem disk(folder_.path());
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  make(folder_ / "vault.db");
  for (std::uint64_t round = 1; round <= kRounds && !HasFailure(); ++round) {
    disk.leave_room(kRoomMin + room());
    write_until_full(round, 0);
    expect_nothing_lost(round);  // while it is still full
    disk.make_room();
    expect_nothing_lost(round);
  }
  EXPECT_GT(acknowledged_, kRounds);
  tell();
}

}  // namespace
}  // namespace thuisbasis::crash
