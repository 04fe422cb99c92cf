// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/base/bytes.h"

struct sqlite3_vfs;

namespace thuisbasis::testing_support {

/// A disk in memory that forgets like a real one, as a SQLite VFS (RELIABILITY 1.4). What is not synced
/// stands in 512-byte sectors, each of which may or may not survive a power loss, some with garbage where
/// they were written. It can also fail the n-th operation with an I/O error, or have no space left. The same
/// seed and the same operations give the same disk.
///
/// Lasting, as on a disk: what was synced; a directory entry after its file was synced or its removal was
/// asked to be durable. One handle at a time has a file locked, as with "unix-excl". One thread.
class CrashDisk final {
 public:
  enum class Fault {
    kPowerLoss,  ///< this and every later operation fails until restart()
    /// Of a sync, it also makes the system forget: what was to be synced stays visible, may never reach the
    /// disk, and a later sync that succeeds says nothing of it, as with Linux.
    kIoError,
    kDiskFull,  ///< only operations that write fail
  };
  /// How a power loss treats a sector that was being written.
  enum class Tear { kOldOrNew, kWithGarbage };

  explicit CrashDisk(std::uint64_t seed);
  ~CrashDisk();
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  /// The name of the VFS, for as long as the disk lives.
  const char* vfs_name() const { return name_.c_str(); }

  /// Fails the n-th operation from now, counted from 1; with `lasting` every later one as well.
  void fail_at(std::uint64_t nth, Fault fault, bool lasting = false);
  void stop_failing();
  /// Operations so far: open, read, write, truncate, sync, size, delete.
  std::uint64_t operations() const { return operations_; }
  /// Whether the planned fault has happened.
  bool failed() const { return failed_; }

  /// The power comes back: of what was not synced, some sectors are there. All handles must be closed.
  void restart(Tear tear);
  /// The process ended, the power stayed: all that was written is there, synced or not. All handles must be
  /// closed.
  void process_ended() { stop_failing(); }
  /// Sectors that a restart did not bring back as they were written.
  std::uint64_t sectors_lost() const { return sectors_lost_; }

  std::vector<std::string> files() const;
  bool has(const std::string& path) const { return files_.count(path) != 0; }
  Bytes content(const std::string& path) const;
  /// Puts a file there, durably.
  void put(const std::string& path, Bytes content);
  void remove(const std::string& path) { files_.erase(path); }
  /// Another disk in its place: no file, and none that a power loss could bring back.
  void clear() {
    files_.clear();
    removed_.clear();
  }
  /// Durable and in one step; counts as one operation. False when the planned fault struck.
  bool rename(const std::string& from, const std::string& to);

  /// A sync says it is done and does nothing. For proving that a test finds what is lost by it.
  bool lies_about_sync = false;
  /// Sees every buffer that a file is given, before it is written.
  std::function<void(ByteView)> on_write;

 private:
  class OpenFile;
  struct Calls;
  struct Change;
  struct File;

  bool strikes(bool writes);
  int failure_code(bool writes) const;
  int remove_entry(const std::string& path, bool durably);
  void forget_unsynced(File& file);
  void survive(File& file, Tear tear);
  void survive_write(Bytes& durable, const Change& change, unsigned percent_kept, Tear tear);
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  std::mt19937_64 random_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<std::string, std::shared_ptr<File>> removed_;  ///< entries whose removal may not survive
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = 0;
  Fault fault_ = Fault::kPowerLoss;
  bool lasting_ = false;
  bool failed_ = false;
  std::uint64_t sectors_lost_ = 0;
  std::uint64_t open_files_ = 0;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace thuisbasis::testing_support
