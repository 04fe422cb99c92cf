// SPDX-License-Identifier: EUPL-1.2
// vault_writer PATH SEED: opens the vault at PATH (makes it when it is not there) and writes transactions for
// ever, printing the number of each one after its commit returned. Made to be killed.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/store/encrypted_database.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

int fail(const Error& error) {
  std::fprintf(stderr, "vault_writer: %s\n", error.message().c_str());
  return 1;
}

Status write_transaction(sqlite::Connection& connection, std::int64_t number, std::mt19937_64& random) {
  TB_TRY(auto transaction, sqlite::Transaction::begin(connection));
  TB_TRY(sqlite::Statement * insert,
         connection.cached("INSERT INTO part(number, place, body) VALUES(?1, ?2, ?3)"));
  for (int place = 0; place < 3; ++place) {
    insert->reset();
    const std::string body(1 + random() % 4000, static_cast<char>('a' + number % 26));
    TB_CHECK(insert->bind(1, number).bind(2, place).bind(3, body).run());
  }
  return transaction.commit();
}

int write_for_ever(const char* path, std::uint64_t seed) {
  testing_support::SeededRandom random(seed);
  const EncryptedDatabase::Location location{.path = path, .random = random};
  const Secret key = Secret::copy_of(Bytes(kDatabaseKeySize, 1));
  auto database = EncryptedDatabase::open(location, key);
  if (!database && database.error().code() == Code::kNotFound) {
    auto made = EncryptedDatabase::create(location, key);
    if (!made) return fail(made.error());
    if (Status made_table =
            made->connection().execute("CREATE TABLE part(number INTEGER, place INTEGER, body TEXT)");
        !made_table)
      return fail(made_table.error());
    return 0;
  }
  if (!database) return fail(database.error());
  auto last = database->connection().query_integer("SELECT coalesce(max(number), 0) FROM part");
  if (!last) return fail(last.error());
  for (std::int64_t number = *last + 1;; ++number) {
    if (Status written = write_transaction(database->connection(), number, random.engine()); !written)
      return fail(written.error());
    if (::write(STDOUT_FILENO, &number, sizeof number) != ssize_t{sizeof number}) return 2;
  }
}

}  // namespace
}  // namespace thuisbasis

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return thuisbasis::write_for_ever(argv[1], std::strtoull(argv[2], nullptr, 10));
}
