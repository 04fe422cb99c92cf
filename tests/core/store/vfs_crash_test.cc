// SPDX-License-Identifier: EUPL-1.2
#include <sqlite3.h>

#include <iostream>

#include "tests/core/store/vfs_fixture.h"

// Goal: a commit that was acknowledged survives a power loss. Method: histories of transactions and
// checkpoints on a disk that forgets, with the power lost at a random operation, three lives each, so that
// crashes inside recovery are among them (RELIABILITY 1.4). The same harness is run with weaker settings,
// where it must find the losses that those settings are known for: a harness that finds nothing there would
// prove nothing here.

namespace thuisbasis {
namespace {

using testing_support::CrashDisk;

constexpr int kFullHistories = 400;
constexpr int kLives = 3;
constexpr int kTransactionsPerLife = 30;
constexpr std::uint64_t kOperationsPerLife = 260;

struct Findings {
  int histories = 0;
  int recoveries = 0;
  int lost = 0;     ///< histories in which an acknowledged transaction was missing
  int partial = 0;  ///< recoveries with part of a transaction
  int corrupt = 0;  ///< recoveries that failed, or whose integrity check did
  std::uint64_t sectors_lost = 0;
};

std::ostream& operator<<(std::ostream& out, const Findings& found) {
  return out << found.histories << " histories, " << found.recoveries << " recoveries, " << found.sectors_lost
             << " sectors lost: " << found.lost << " lost commits, " << found.partial << " partial, "
             << found.corrupt << " corrupt";
}

/// Transaction n writes rows of several pages that all carry n, and changes what earlier ones wrote.
Status write_transaction(sqlite::Connection& connection, std::int64_t number, std::mt19937_64& random) {
  TB_TRY(auto transaction, sqlite::Transaction::begin(connection));
  TB_TRY(sqlite::Statement * insert,
         connection.cached("INSERT INTO part(number, place, body) VALUES(?1, ?2, ?3)"));
  for (int place = 0; place < 3; ++place) {
    insert->reset();
    const std::string body(1 + random() % 3000, static_cast<char>('a' + number % 26));
    TB_CHECK(insert->bind(1, number).bind(2, place).bind(3, body).run());
  }
  TB_TRY(sqlite::Statement * update,
         connection.cached("UPDATE part SET body = body || '.' WHERE number = ?1"));
  TB_CHECK(
      update->bind(1, static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(number)) + 1).run());
  return transaction.commit();
}

class History {
 public:
  History(std::uint64_t seed, const char* synchronous)
      : vault_(seed), random_(seed), synchronous_(synchronous) {}

  void run(Findings& found) {
    ++found.histories;
    {
      EncryptedDatabase database = vault_.create();
      (void)database.connection().execute(
          "CREATE TABLE part(number INTEGER, place INTEGER, body TEXT);"
          "CREATE INDEX part_by_number ON part(number)");
    }
    const int lost_before = found.lost;
    const auto tear = random_() % 4 == 0 ? CrashDisk::Tear::kOldOrNew : CrashDisk::Tear::kWithGarbage;
    for (int life = 0; life < kLives; ++life) {
      vault_.disk.fail_at(1 + random_() % kOperationsPerLife, CrashDisk::Fault::kPowerLoss);
      live();
      vault_.disk.restart(tear);
      if (!recover(found)) break;
    }
    found.lost = std::min(found.lost, lost_before + 1);
    found.sectors_lost += vault_.disk.sectors_lost();
  }

 private:
  /// Writes until the power goes; remembers what was acknowledged.
  void live() {
    auto database = vault_.open();
    if (!database) return;
    sqlite::Connection& connection = database->connection();
    // Underneath the guard: what production cannot set.
    sqlite3_set_authorizer(connection.handle(), nullptr, nullptr);
    (void)connection.execute(std::string("PRAGMA synchronous=") + synchronous_ + "; PRAGMA cache_size=20");
    (void)connection.execute("PRAGMA wal_autocheckpoint=25");
    const std::int64_t first =
        connection.query_integer("SELECT coalesce(max(number), 0) FROM part").value_or(-1);
    if (first < 0) return;
    for (std::int64_t number = first + 1; number <= first + kTransactionsPerLife; ++number) {
      if (!write_transaction(connection, number, random_)) return;
      acknowledged_ = number;
    }
  }

  bool recover(Findings& found) {
    ++found.recoveries;
    auto database = vault_.open();
    if (!database || !database->check_integrity()) {
      ++found.corrupt;
      return false;
    }
    sqlite::Connection& connection = database->connection();
    const std::int64_t last =
        connection.query_integer("SELECT coalesce(max(number), 0) FROM part").value_or(-1);
    if (last < acknowledged_) ++found.lost;
    if (connection.query_integer("SELECT count(*) FROM part").value_or(-1) != 3 * last) ++found.partial;
    acknowledged_ = last;
    return true;
  }

  VaultOnDisk vault_;
  std::mt19937_64 random_;
  const char* synchronous_;
  std::int64_t acknowledged_ = 0;
};

Findings run_histories(const char* synchronous, std::uint64_t first_seed, int count) {
  Findings found;
  for (int number = 0; number < count; ++number)
    History(first_seed + static_cast<std::uint64_t>(number), synchronous).run(found);
  std::cout << "synchronous=" << synchronous << " seeds " << first_seed << ".."
            << first_seed + std::uint64_t(count) - 1 << ": " << found << "\n";
  return found;
}

TEST(VfsCrash, LosesNoAcknowledgedCommitWithSynchronousFull) {
  const Findings found = run_histories("FULL", 1000, kFullHistories);
  EXPECT_EQ(found.lost, 0);
  EXPECT_EQ(found.partial, 0);
  EXPECT_EQ(found.corrupt, 0);
  EXPECT_EQ(found.recoveries, kFullHistories * kLives);
  EXPECT_GT(found.sectors_lost, 3000u) << "the disk forgot too little to prove anything";
}

TEST(VfsCrash, TheHarnessFindsLostCommitsWithSynchronousNormal) {
  const Findings found = run_histories("NORMAL", 5000, 40);
  EXPECT_GT(found.lost, 10);
  EXPECT_EQ(found.corrupt, 0) << "NORMAL loses, and does not corrupt";
}

TEST(VfsCrash, TheHarnessFindsCorruptionWithSynchronousOff) {
  const Findings found = run_histories("OFF", 9000, 60);
  EXPECT_GT(found.corrupt, 5);
}

TEST(VfsCrash, TheSameSeedGivesTheSameHistory) {
  Findings first;
  Findings second;
  History(42, "OFF").run(first);
  History(42, "OFF").run(second);
  EXPECT_EQ(first.sectors_lost, second.sectors_lost);
  EXPECT_EQ(first.corrupt, second.corrupt);
  EXPECT_EQ(first.lost, second.lost);
}

}  // namespace
}  // namespace thuisbasis
