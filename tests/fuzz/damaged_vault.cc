// SPDX-License-Identifier: EUPL-1.2
// A vault's files, damaged (damaged_files.h), of which a repair reads what it can, below SQLite.
#include "core/store/salvage.h"
#include "tests/fuzz/damaged_files.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  testing_support::CrashDisk disk(1);
  const bool forged_pages = put_damaged_vault(disk, input);
  testing_support::SeededRandom random(4);
  auto pages = SalvagedPages::open(disk.vfs_name(), kVaultPath, database_key(), random);
  if (!pages) {
    const Code code = pages.error().code();
    expect(code == Code::kDecryptFailed || code == Code::kDamaged,
           "what cannot be read at all is told as that");
    return;
  }
  const Salvage salvage = Salvage::read(**pages);
  for (const SalvagedRow& row : salvage.rows("note")) {
    if (!row.whole || forged_pages) continue;
    expect(row.rowid >= 0 && row.rowid < kCommits * kNotesPerCommit, "a row that was written");
    const Bytes* body = row.text(1);
    expect(body != nullptr && as_text(*body) == body_of(row.rowid), "is as it was written");
  }
}

}  // namespace thuisbasis::fuzzing
