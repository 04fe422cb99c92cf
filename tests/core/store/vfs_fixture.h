// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <algorithm>

#include "core/store/encrypted_database.h"
#include "tests/support/crash_disk.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis {

/// A vault on a disk in memory, whose bytes the test can see and change.
class VaultOnDisk {
 public:
  static constexpr const char* kPath = "vault.db";
  static constexpr const char* kWalPath = "vault.db-wal";

  explicit VaultOnDisk(std::uint64_t seed = 1) : disk(seed), random(seed + 1) {}

  static Secret key_number(Byte number) { return Secret::copy_of(Bytes(kDatabaseKeySize, number)); }
  EncryptedDatabase::Location at(const char* path = kPath) {
    return {.path = path, .random = random, .base_vfs = disk.vfs_name()};
  }
  EncryptedDatabase create() { return std::move(EncryptedDatabase::create(at(), key_number(1)).value()); }
  Result<EncryptedDatabase> open(Byte key = 1) { return EncryptedDatabase::open(at(), key_number(key)); }

  testing_support::CrashDisk disk;
  testing_support::SeededRandom random;
};

/// "ok", or the name of the error's code: reads well in a failed expectation.
template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(code_name(result.error().code()));
}
template <typename T>
std::string failure(const Result<T>& result) {
  return result ? "" : result.error().message();
}

#define ASSERT_OK(...) ASSERT_EQ(failure(__VA_ARGS__), "")
#define EXPECT_CODE(wanted, ...) EXPECT_EQ(outcome(__VA_ARGS__), code_name(wanted))

/// Fills a table `note(id, body)` with `count` rows of `size` bytes each, in one transaction.
inline Status write_notes(sqlite::Connection& connection, std::int64_t from, std::int64_t count,
                          std::size_t size) {
  TB_CHECK(connection.execute("CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, body TEXT)"));
  TB_TRY(auto transaction, sqlite::Transaction::begin(connection));
  TB_TRY(sqlite::Statement * insert, connection.cached("INSERT INTO note(id, body) VALUES(?1, ?2)"));
  for (std::int64_t id = from; id < from + count; ++id) {
    const std::string body(size, static_cast<char>('a' + id % 26));
    insert->reset();
    TB_CHECK(insert->bind(1, id).bind(2, body).run());
  }
  return transaction.commit();
}

inline std::int64_t count_notes(sqlite::Connection& connection) {
  return connection.query_integer("SELECT count(*) FROM note").value_or(-1);
}

inline bool holds(const Bytes& haystack, std::string_view needle) {
  return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) != haystack.end();
}

}  // namespace thuisbasis
