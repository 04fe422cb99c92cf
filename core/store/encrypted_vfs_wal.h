// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>

#include "core/store/encrypted_vfs_state.h"
#include "core/store/sqlite_file.h"

namespace thuisbasis {

/// Which generation of the WAL a frame belongs to.
using WalSalts = std::array<Byte, 8>;

/// The write-ahead log: a clear 32-byte header and frames of 24 + 4096 bytes. SQLite writes a frame's header
/// and its page one after the other; they go to disk in one write, because the page is bound to the header.
/// Frames that follow one another wait for each other, and go to disk before anything else is asked of the
/// file: at the latest with the sync that ends every commit.
/// Reading a page is strict. Reading a whole frame, which only recovery does, is lenient: the last frames
/// after a crash are torn, and a frame that does not open must end recovery without an error.
class VaultWalFile final : public ForwardingFile {
 public:
  /// `files` outlives the file.
  VaultWalFile(sqlite3_file* below, VaultFiles& files) : ForwardingFile(below), files_(files) {}

  int close();
  int read(MutableByteView out, sqlite3_int64 offset);
  int write(ByteView bytes, sqlite3_int64 offset);
  int truncate(sqlite3_int64 size);
  int sync(int flags);
  int file_size(sqlite3_int64* size);
  int file_control(int operation, void* argument);
  int device_characteristics() { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

 private:
  using Header = std::array<Byte, kFrameHeaderSize>;
  /// A frame header that SQLite has written and whose page has not come yet.
  struct Pending {
    sqlite3_int64 offset;
    Header header;
  };

  int flush();
  int write_gathered();
  int gather(const Header& header, ByteView page, const PagePlace& place);
  int read_header(MutableByteView out);
  int read_frame_header(Header& header, sqlite3_int64 frame);
  int read_whole_frame(MutableByteView out, sqlite3_int64 frame);
  bool is_of_earlier_generation(sqlite3_int64 frame);
  int read_page(MutableByteView out, sqlite3_int64 frame);
  int write_page(ByteView page, sqlite3_int64 frame);
  int learn_salts();

  VaultFiles& files_;
  std::optional<Pending> pending_;
  std::unique_ptr<Byte[]> gathered_;  ///< sealed frames, one after the other, that are not written yet
  std::size_t gathered_count_ = 0;
  sqlite3_int64 gathered_at_ = 0;  ///< where the first of them belongs
  std::optional<WalSalts> salts_;  ///< of the header, once one was written or asked for
  bool written_ = false;
};

/// Looks through a WAL for a page 1 that opens with the salt it carries, and keeps that salt. SQLITE_NOTFOUND
/// when there is none.
int find_salt_in_wal(sqlite3_vfs* vfs, const char* wal_name, VaultFiles& files);

}  // namespace thuisbasis
