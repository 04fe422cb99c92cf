// SPDX-License-Identifier: EUPL-1.2
#include "tests/fuzz/damaged_files.h"

#include <sqlite3.h>

#include <algorithm>

#include "core/store/encrypted_database.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::fuzzing {

using testing_support::CrashDisk;

Secret database_key() { return Secret::copy_of(Bytes(kDatabaseKeySize, 0x5c)); }

std::string body_of(std::int64_t note) { return std::string(300, static_cast<char>('a' + note % 26)); }

namespace {

constexpr const char* kWalPath = "vault.db-wal";
constexpr std::size_t kEditsMax = 8;
constexpr std::size_t kFileMax = std::size_t{256} << 10;

Status commit_notes(sqlite::Connection& connection, std::int64_t commit) {
  TB_TRY(auto transaction, sqlite::Transaction::begin(connection));
  TB_TRY(sqlite::Statement * insert, connection.cached("INSERT INTO note(id, body) VALUES(?1, ?2)"));
  for (std::int64_t i = 0; i < kNotesPerCommit; ++i) {
    const std::int64_t note = commit * kNotesPerCommit + i;
    const std::string body = body_of(note);
    TB_CHECK(insert->bind(1, note).bind(2, body).run());
  }
  return transaction.commit();
}

/// A vault with one commit in its database file and two more in its WAL, as a crash leaves it.
struct Original {
  Bytes database;
  Bytes wal;

  Original() { expect(make().has_value(), "the original is made"); }
  Status make() {
    CrashDisk disk(1);
    testing_support::SeededRandom random(2);
    TB_TRY(auto vault, EncryptedDatabase::create({kVaultPath, random, disk.vfs_name()}, database_key()));
    sqlite::Connection& connection = vault.connection();
    TB_CHECK(connection.execute("CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT)"));
    TB_CHECK(commit_notes(connection, 0));
    TB_CHECK(connection.query_integer("PRAGMA wal_checkpoint(TRUNCATE)"));
    for (std::int64_t commit = 1; commit < kCommits; ++commit) TB_CHECK(commit_notes(connection, commit));
    database = disk.content(kVaultPath);
    wal = disk.content(kWalPath);
    return {};
  }
};

struct Edit {
  Byte what = 0;
  std::uint32_t offset = 0;
  ByteView part;

  static Edit read(Input& input) {
    Edit edit;
    edit.what = input.byte();
    edit.offset = input.number();
    edit.part = input.part();
    return edit;
  }
  bool in_wal() const { return (what & 1) != 0; }

  void make(Bytes& file, const Original& original) const {
    const std::size_t at = offset % (file.size() + 1);
    switch (what >> 1 & 3) {
      case 0:
        put(file, at, part);
        break;
      case 1:
        file.resize(at);
        break;
      case 2:
        copy(file, at, original);
        break;
      default:
        file = to_bytes(part);
        break;
    }
  }

 private:
  static void put(Bytes& file, std::size_t at, ByteView bytes) {
    if (at + bytes.size() > kFileMax) return;
    file.resize(std::max(file.size(), at + bytes.size()));
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
  }
  /// The part says where from: a byte for the file, a number of pages or frames, how many.
  void copy(Bytes& file, std::size_t at, const Original& original) const {
    Input how(part);
    const bool from_wal = (how.byte() & 1) != 0;
    const ByteView source = from_wal ? original.wal : original.database;
    const std::size_t unit = from_wal ? kFrameSize : kPageSize;
    const std::size_t from =
        std::min<std::size_t>((from_wal ? kWalHeaderSize : 0) + how.byte() * unit, source.size());
    const std::size_t size = std::min<std::size_t>((1 + how.byte() % 4U) * unit, source.size() - from);
    put(file, at / 8 * 8, source.subspan(from, size));
  }
};

/// Writes into pages what the fuzzer wants, sealed as the vault's own would be.
class KeyHolder final {
 public:
  explicit KeyHolder(CrashDisk& disk)
      : vfs_(std::move(
            *EncryptedVfs::make(database_key(), random_, disk.vfs_name(), EncryptedVfs::Purpose::kOpen))),
        calls_(sqlite3_vfs_find(vfs_->name())),
        memory_(static_cast<std::size_t>(calls_->szOsFile)) {
    file_ = reinterpret_cast<sqlite3_file*>(memory_.data());
    int flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE;
    expect(calls_->xOpen(calls_, kVaultPath, file_, flags, &flags) == SQLITE_OK, "the file opens");
  }
  ~KeyHolder() {
    if (file_->pMethods != nullptr) file_->pMethods->xClose(file_);
  }
  KeyHolder(const KeyHolder&) = delete;
  KeyHolder& operator=(const KeyHolder&) = delete;

  void write(std::uint32_t offset, ByteView bytes) {
    Bytes page(kPageSize);
    sqlite3_int64 size = 0;
    if (file_->pMethods->xFileSize(file_, &size) != SQLITE_OK || size <= 0) return;
    const sqlite3_int64 at =
        static_cast<sqlite3_int64>(offset) % size / sqlite3_int64{kPageSize} * sqlite3_int64{kPageSize};
    if (file_->pMethods->xRead(file_, page.data(), kPageSize, at) != SQLITE_OK) return;
    const std::size_t in_page = offset % kPageUsableSize;
    const std::size_t count = std::min(bytes.size(), kPageUsableSize - in_page);
    std::copy_n(bytes.begin(), count, page.begin() + static_cast<std::ptrdiff_t>(in_page));
    (void)file_->pMethods->xWrite(file_, page.data(), kPageSize, at);
  }

 private:
  testing_support::SeededRandom random_{3};
  std::unique_ptr<EncryptedVfs> vfs_;
  sqlite3_vfs* calls_;
  std::vector<std::max_align_t> memory_;
  sqlite3_file* file_ = nullptr;
};

}  // namespace

bool put_damaged_vault(CrashDisk& disk, ByteView input) {
  static const auto& original = *new Original;
  Input parts(input);
  const bool with_key = parts.byte() != 0;
  Bytes database = original.database;
  Bytes wal = original.wal;
  std::vector<Edit> edits;
  while (edits.size() < kEditsMax && !parts.empty()) edits.push_back(Edit::read(parts));
  if (!with_key)
    for (const Edit& edit : edits) edit.make(edit.in_wal() ? wal : database, original);
  disk.put(kVaultPath, database);
  if (with_key) {
    KeyHolder holder(disk);
    for (const Edit& edit : edits) holder.write(edit.offset, edit.part);
  } else {
    disk.put(kWalPath, wal);
  }
  return with_key;
}

}  // namespace thuisbasis::fuzzing
