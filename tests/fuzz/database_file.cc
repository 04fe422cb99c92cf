// SPDX-License-Identifier: EUPL-1.2
// A vault's files, damaged (damaged_files.h), opened through the encrypting VFS.
#include "core/store/encrypted_database.h"
#include "tests/fuzz/damaged_files.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::fuzzing {
namespace {

using testing_support::CrashDisk;

/// The notes, and whether each is as it was written.
Result<std::int64_t> count_whole_notes(sqlite::Connection& connection) {
  TB_TRY(sqlite::Statement * rows, connection.cached("SELECT id, body FROM note ORDER BY id"));
  std::int64_t count = 0;
  for (;;) {
    TB_TRY(const bool found, rows->step());
    if (!found) return count;
    if (rows->integer(0) != count || rows->text(1) != body_of(count)) return Error(Code::kInternal, "forged");
    ++count;
  }
}

void open_and_read(CrashDisk& disk, bool forged_pages) {
  testing_support::SeededRandom random(4);
  auto vault = EncryptedDatabase::open({kVaultPath, random, disk.vfs_name()}, database_key());
  if (!vault) return;
  const bool whole = vault->check_integrity().has_value();
  const auto count = count_whole_notes(vault->connection());
  if (forged_pages || !whole) return;
  expect(count.has_value(), "what authenticates was written by the vault");
  expect(*count % kNotesPerCommit == 0 && *count >= kNotesPerCommit && *count <= kCommits * kNotesPerCommit,
         "a vault is as of one of its commits");
}

}  // namespace

void fuzz(ByteView input) {
  CrashDisk disk(1);
  const bool with_key = put_damaged_vault(disk, input);
  open_and_read(disk, with_key);
}

}  // namespace thuisbasis::fuzzing
