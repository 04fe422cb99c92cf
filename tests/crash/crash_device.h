// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>

#include "core/vault/vault.h"
#include "sync/client/sync_session.h"
#include "tests/support/crash_disk.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::crash {

/// All files of a disk, as they are read at one moment.
using DiskImage = std::map<std::string, Bytes>;
DiskImage image_of(const testing_support::CrashDisk& disk);
void put_image(testing_support::CrashDisk& disk, const DiskImage& image);

/// A vault on a disk that forgets, in a process that may end at any operation of that disk. One thread.
class CrashDevice final {
 public:
  static constexpr const char* kFile = "vault.db";

  explicit CrashDevice(std::uint64_t seed) : random(seed), disk(seed) {}
  ~CrashDevice() { close(); }

  Status create();
  Status open();
  void close() { vault.reset(); }
  Status sync(Exchange& relay);

  testing_support::FakeClock clock;
  testing_support::SeededRandom random;
  testing_support::CrashDisk disk;
  const Schema* schema = &Schema::builtin();  ///< of the program that opens the vault next
  std::optional<Vault> vault;                 ///< while a process runs

 private:
  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }
  VaultWorld world() { return {clock, random, *schema, disk.vfs_name()}; }
};

}  // namespace thuisbasis::crash
