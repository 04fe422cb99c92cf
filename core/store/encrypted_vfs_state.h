// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/store/page_cipher.h"

namespace thuisbasis {

/// What the encrypting VFS has seen so far; the counters are zero in a healthy vault.
struct VfsReport {
  std::uint64_t refused_reads = 0;  ///< of a shape SQLite 3.40 never asks for
  std::uint64_t refused_writes =
      0;  ///< of such a shape, with a non-zero tail, or of a page 1 that is not ours
  std::uint64_t damaged_reads = 0;  ///< pages that did not authenticate
  /// What of the WAL could not be read when it was recovered: normal at its end after a power cut, damage
  /// anywhere else.
  std::uint64_t torn_frames = 0;
  std::uint64_t frames_after_crash = 0;  ///< that a WAL held when it was recovered; none after a clean end
  std::uint64_t ram_files = 0;           ///< temporary files served from memory
  std::uint32_t damaged_page = 0;        ///< the latest page that did not authenticate
  bool wrong_key = false;  ///< page 1 did not authenticate and does not carry this key's check either
};

/// What the files of one encrypted database share. Owned by EncryptedVfs. One thread at a time.
struct VaultFiles {
  VaultFiles(const Secret& database_key, Random& random_source, bool create)
      : cipher(database_key, random_source), random(random_source), creating(create) {}

  PageCipher cipher;
  Random& random;
  /// A new database may start empty, has a rollback journal (in RAM) and is not yet in WAL mode.
  bool creating;
  bool salt_known = false;
  VfsReport report;
  std::uint32_t wal_frames = 0;  ///< from the WAL's beginning to the last one written since it was opened
  std::array<Byte, kFrameSize> scratch{};  ///< where a page or a frame is sealed and opened

  /// Counts a page that does not authenticate, and says so to SQLite.
  int damaged(std::uint32_t page);
  int refused_read();
  int refused_write();
};

/// A page as SQLite may write it: whole, with a zero tail, and page 1 with the settings every vault has.
bool is_writable_page(ByteView page, std::uint32_t number, bool creating);

}  // namespace thuisbasis
