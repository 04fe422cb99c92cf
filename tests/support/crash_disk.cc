// SPDX-License-Identifier: EUPL-1.2
#include "tests/support/crash_disk.h"

#include <sqlite3.h>

#include <algorithm>

#include "core/base/assert.h"
#include "core/store/sqlite_file.h"
#include "tests/support/allocation_pause.h"

namespace thuisbasis::testing_support {
namespace {

constexpr std::size_t kSectorSize = 512;

Bytes part(const Bytes& bytes, std::size_t from, std::size_t to) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to)};
}

void put_at(Bytes& content, std::size_t at, const Bytes& bytes) {
  content.resize(std::max(content.size(), at + bytes.size()));
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

/// A write, as the whole sectors it touched would stand on disk, or a new size.
struct CrashDisk::Change {
  enum class Kind { kSectors, kSize } kind;
  std::size_t at;  ///< first byte of the first sector, or the new size
  Bytes sectors;   ///< the last one may be short: the file ends in it
  /// The part that was written, which alone may become garbage: the disk promises POWERSAFE_OVERWRITE.
  std::size_t written_from = 0;
  std::size_t written_to = 0;
};

struct CrashDisk::File {
  Bytes current;
  Bytes durable;
  std::vector<Change> unsynced;
  bool entry_durable = false;
  OpenFile* locked_by = nullptr;
  std::vector<std::unique_ptr<Byte[]>> shared_memory;

  void write(ByteView bytes, std::size_t at) {
    const std::size_t end = at + bytes.size();
    current.resize(std::max(current.size(), end));
    std::copy(bytes.begin(), bytes.end(), current.begin() + static_cast<std::ptrdiff_t>(at));
    const std::size_t from = at / kSectorSize * kSectorSize;
    const std::size_t to = std::min((end + kSectorSize - 1) / kSectorSize * kSectorSize, current.size());
    unsynced.push_back({.kind = Change::Kind::kSectors,
                        .at = from,
                        .sectors = part(current, from, to),
                        .written_from = at,
                        .written_to = end});
  }
  void resize(std::size_t size) {
    if (size >= current.size()) return;
    current.resize(size);
    unsynced.push_back({.kind = Change::Kind::kSize, .at = size, .sectors = {}});
  }
  /// Only what was written since the last one is copied: a log that grows is synced after every commit.
  void sync() {
    for (const Change& change : unsynced) {
      if (change.kind == Change::Kind::kSectors)
        put_at(durable, change.at, change.sectors);
      else
        durable.resize(std::min(durable.size(), change.at));
    }
    unsynced.clear();
    entry_durable = true;
  }
};

/// An open handle.
class CrashDisk::OpenFile final : public ForwardingFile {
 public:
  OpenFile(CrashDisk& disk, std::string path, std::shared_ptr<File> file)
      : ForwardingFile(nullptr), disk_(disk), path_(std::move(path)), file_(std::move(file)) {
    ++disk_.open_files_;
  }

  int close() {
    if (file_->locked_by == this) file_->locked_by = nullptr;
    --disk_.open_files_;
    return SQLITE_OK;
  }
  int read(MutableByteView out, sqlite3_int64 offset) {
    if (disk_.strikes(false)) return disk_.failure_code(false);
    const std::size_t at = std::min(static_cast<std::size_t>(offset), file_->current.size());
    const std::size_t count = std::min(out.size(), file_->current.size() - at);
    const auto end =
        std::copy_n(file_->current.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
    std::fill(end, out.end(), Byte{0});
    return count == out.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  }
  int write(ByteView bytes, sqlite3_int64 offset) {
    const bool was_failed = disk_.failed_;
    const bool struck = disk_.strikes(true);
    if (disk_.on_write) disk_.on_write(bytes);
    const AllocationPause pause;
    // The write under way when the power goes may reach the disk in part.
    if (!struck || (disk_.fault_ == Fault::kPowerLoss && !was_failed))
      file_->write(bytes, static_cast<std::size_t>(offset));
    return struck ? disk_.failure_code(true) : SQLITE_OK;
  }
  int truncate(sqlite3_int64 size) {
    const AllocationPause pause;
    if (disk_.strikes(true)) return disk_.failure_code(true);
    file_->resize(static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  int sync(int) {
    const AllocationPause pause;
    if (disk_.strikes(true)) {
      if (disk_.fault_ == Fault::kIoError) disk_.forget_unsynced(*file_);
      return disk_.failure_code(true);
    }
    if (disk_.lies_about_sync) return SQLITE_OK;
    file_->sync();
    disk_.removed_.erase(path_);
    return SQLITE_OK;
  }
  int file_size(sqlite3_int64* size) {
    if (disk_.strikes(false)) return disk_.failure_code(false);
    *size = static_cast<sqlite3_int64>(file_->current.size());
    return SQLITE_OK;
  }
  int lock(int) {
    if (file_->locked_by != nullptr && file_->locked_by != this) return SQLITE_BUSY;
    file_->locked_by = this;
    return SQLITE_OK;
  }
  int unlock(int) { return SQLITE_OK; }
  int check_reserved_lock(int* held) {
    *held = 0;
    return SQLITE_OK;
  }
  int file_control(int, void*) { return SQLITE_NOTFOUND; }
  int sector_size() { return int{kSectorSize}; }
  int device_characteristics() { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  int shm_map(int region, int region_size, int extend, void volatile** mapped) {
    const AllocationPause pause;
    auto& regions = file_->shared_memory;
    const auto wanted = static_cast<std::size_t>(region);
    while (extend != 0 && regions.size() <= wanted)
      regions.push_back(std::make_unique<Byte[]>(static_cast<std::size_t>(region_size)));
    *mapped = wanted < regions.size() ? regions[wanted].get() : nullptr;
    return SQLITE_OK;
  }
  int shm_lock(int, int, int) { return SQLITE_OK; }
  void shm_barrier() {}
  int shm_unmap(int) {
    file_->shared_memory.clear();
    return SQLITE_OK;
  }

 private:
  CrashDisk& disk_;
  std::string path_;
  std::shared_ptr<File> file_;
};

struct CrashDisk::Calls {
  static CrashDisk& self(sqlite3_vfs* vfs) { return *static_cast<CrashDisk*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* memory, int flags, int* out_flags) {
    const AllocationPause pause;
    memory->pMethods = nullptr;
    CrashDisk& disk = self(vfs);
    TB_ASSERT(path != nullptr);  // temporary files belong in RAM: PRAGMA temp_store=MEMORY
    if (disk.strikes(false)) return SQLITE_CANTOPEN;
    auto found = disk.files_.find(path);
    if (found == disk.files_.end()) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      found = disk.files_.emplace(path, std::make_shared<File>()).first;
    }
    emplace_file<OpenFile>(memory, disk, path, found->second);
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* vfs, const char* path, int durably) {
    const AllocationPause pause;
    return self(vfs).remove_entry(path, durably != 0);
  }
  static int access(sqlite3_vfs* vfs, const char* path, int, int* answer) {
    const AllocationPause pause;
    const auto found = self(vfs).files_.find(path);
    *answer = found != self(vfs).files_.end() && !found->second->current.empty() ? 1 : 0;
    return SQLITE_OK;
  }
  static int full_pathname(sqlite3_vfs*, const char* path, int size, char* full) {
    sqlite3_snprintf(size, full, "%s", path);
    return SQLITE_OK;
  }
  static void* no_library(sqlite3_vfs*, const char*) { return nullptr; }
  static void no_library_error(sqlite3_vfs*, int size, char* message) {
    if (size > 0) *message = '\0';
  }
  static void (*no_symbol(sqlite3_vfs*, void*, const char*))(void) { return nullptr; }
  static void no_close(sqlite3_vfs*, void*) {}
  static int randomness(sqlite3_vfs* vfs, int size, char* out) {
    std::generate_n(out, size, [&] { return static_cast<char>(self(vfs).random_()); });
    return size;
  }
  static int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
  static int current_time(sqlite3_vfs*, double* days) {
    *days = 2461000.5;
    return SQLITE_OK;
  }
  static int last_error(sqlite3_vfs*, int, char*) { return 0; }
};

CrashDisk::CrashDisk(std::uint64_t seed)
    : random_(seed),
      name_("crash-disk-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))),
      vfs_(std::make_unique<sqlite3_vfs>()) {
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = Calls::open;
  vfs_->xDelete = Calls::remove;
  vfs_->xAccess = Calls::access;
  vfs_->xFullPathname = Calls::full_pathname;
  vfs_->xDlOpen = Calls::no_library;
  vfs_->xDlError = Calls::no_library_error;
  vfs_->xDlSym = Calls::no_symbol;
  vfs_->xDlClose = Calls::no_close;
  vfs_->xRandomness = Calls::randomness;
  vfs_->xSleep = Calls::sleep;
  vfs_->xCurrentTime = Calls::current_time;
  vfs_->xGetLastError = Calls::last_error;
  TB_ASSERT(sqlite3_vfs_register(vfs_.get(), 0) == SQLITE_OK);
  // SQLite's own random numbers (the salts of a WAL) repeat too.
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed | 1), static_cast<sqlite3*>(nullptr));
}

CrashDisk::~CrashDisk() {
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 0, static_cast<sqlite3*>(nullptr));
  sqlite3_vfs_unregister(vfs_.get());
}

void CrashDisk::fail_at(std::uint64_t nth, Fault fault, bool lasting) {
  fail_at_ = operations_ + nth;
  fault_ = fault;
  lasting_ = lasting || fault == Fault::kPowerLoss;
  failed_ = false;
}

void CrashDisk::stop_failing() {
  fail_at_ = 0;
  failed_ = false;
}

bool CrashDisk::strikes(bool writes) {
  ++operations_;
  if (fail_at_ == 0 || operations_ < fail_at_ || (failed_ && !lasting_)) return false;
  if (fault_ == Fault::kDiskFull && !writes) return false;
  failed_ = true;
  return true;
}

int CrashDisk::failure_code(bool writes) const {
  if (fault_ == Fault::kDiskFull) return SQLITE_FULL;
  return writes ? SQLITE_IOERR_WRITE : SQLITE_IOERR_READ;
}

int CrashDisk::remove_entry(const std::string& path, bool durably) {
  if (strikes(true)) return SQLITE_IOERR_DELETE;
  const auto found = files_.find(path);
  if (found == files_.end()) return SQLITE_IOERR_DELETE_NOENT;
  if (durably)
    removed_.erase(path);
  else if (found->second->entry_durable)
    removed_[path] = found->second;
  files_.erase(found);
  return SQLITE_OK;
}

void CrashDisk::restart(Tear tear) {
  TB_ASSERT(open_files_ == 0);
  stop_failing();
  for (auto entry = files_.begin(); entry != files_.end();) {
    const bool stays = entry->second->entry_durable || chance(50);
    entry = stays ? std::next(entry) : files_.erase(entry);
  }
  for (auto& [path, file] : removed_)
    if (!has(path) && chance(50)) files_[path] = file;
  removed_.clear();
  for (auto& [path, file] : files_) survive(*file, tear);
}

/// Brings back the synced content and, in order, some of the changes after it.
void CrashDisk::survive(File& file, Tear tear) {
  static constexpr std::array<unsigned, 4> kPercentsKept{0, 50, 90, 100};
  const unsigned kept = kPercentsKept[random_() % kPercentsKept.size()];
  for (const Change& change : file.unsynced) {
    if (change.kind == Change::Kind::kSectors) {
      survive_write(file.durable, change, kept, tear);
    } else if (chance(kept)) {
      file.durable.resize(change.at);
    } else {
      ++sectors_lost_;
    }
  }
  file.current = file.durable;
  file.unsynced.clear();
  file.entry_durable = true;
  file.shared_memory.clear();
}

/// Some of it is on the disk by now; the rest never comes there, though the system goes on showing it.
void CrashDisk::forget_unsynced(File& file) {
  for (const Change& change : file.unsynced) {
    if (change.kind == Change::Kind::kSectors)
      survive_write(file.durable, change, 50, Tear::kOldOrNew);
    else if (chance(50) && change.at < file.durable.size())
      file.durable.resize(change.at);
  }
  file.unsynced.clear();
}

void CrashDisk::survive_write(Bytes& durable, const Change& change, unsigned percent_kept, Tear tear) {
  const std::size_t end = change.at + change.sectors.size();
  for (std::size_t sector = change.at; sector < end; sector += kSectorSize) {
    const std::size_t sector_end = std::min(sector + kSectorSize, end);
    if (chance(percent_kept)) {
      put_at(durable, sector, part(change.sectors, sector - change.at, sector_end - change.at));
      continue;
    }
    ++sectors_lost_;
    if (tear == Tear::kOldOrNew || !chance(30)) continue;
    const std::size_t from = std::max(change.written_from, sector);
    Bytes garbage(std::min(change.written_to, sector + kSectorSize) - from);
    std::generate(garbage.begin(), garbage.end(), [&] { return static_cast<Byte>(random_()); });
    put_at(durable, from, garbage);
  }
}

std::vector<std::string> CrashDisk::files() const {
  std::vector<std::string> paths;
  for (const auto& [path, file] : files_) paths.push_back(path);
  return paths;
}

Bytes CrashDisk::content(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? Bytes() : found->second->current;
}

void CrashDisk::put(const std::string& path, Bytes content) {
  auto file = std::make_shared<File>();
  file->current = std::move(content);
  file->durable = file->current;
  file->entry_durable = true;
  files_[path] = std::move(file);
}

bool CrashDisk::rename(const std::string& from, const std::string& to) {
  if (strikes(true)) return false;
  TB_ASSERT(has(from));
  files_[to] = files_[from];
  files_.erase(from);
  files_[to]->entry_durable = true;
  removed_.erase(to);
  return true;
}

}  // namespace thuisbasis::testing_support
