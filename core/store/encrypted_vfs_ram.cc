// SPDX-License-Identifier: EUPL-1.2
#include "core/store/encrypted_vfs_ram.h"

#include <algorithm>
#include <new>

#include "core/crypto/secret.h"

namespace thuisbasis {
namespace {

/// More than any temporary file of a vault; SQLite gets SQLITE_FULL instead of the machine's memory.
constexpr sqlite3_int64 kRamFileSizeMax = sqlite3_int64{1} << 30;
constexpr std::size_t kFirstCapacity = 64 * 1024;

}  // namespace

int RamFile::close() {
  wipe(content_);
  return SQLITE_OK;
}

int RamFile::read(MutableByteView out, sqlite3_int64 offset) {
  const std::size_t at = std::min(static_cast<std::size_t>(offset), content_.size());
  const std::size_t count = std::min(out.size(), content_.size() - at);
  const auto copied = std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
  std::fill(copied, out.end(), Byte{0});
  return count == out.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int RamFile::write(ByteView bytes, sqlite3_int64 offset) {
  if (offset + static_cast<sqlite3_int64>(bytes.size()) > kRamFileSizeMax) return SQLITE_FULL;
  const std::size_t at = static_cast<std::size_t>(offset);
  if (at + bytes.size() > content_.size()) {
    if (const int result_code = resize(at + bytes.size()); result_code != SQLITE_OK) return result_code;
  }
  std::copy(bytes.begin(), bytes.end(), content_.begin() + static_cast<std::ptrdiff_t>(at));
  return SQLITE_OK;
}

int RamFile::truncate(sqlite3_int64 size) {
  const std::size_t kept = static_cast<std::size_t>(size);
  if (kept >= content_.size()) return SQLITE_OK;
  wipe(MutableByteView(content_).subspan(kept));
  return resize(kept);
}

int RamFile::file_size(sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(content_.size());
  return SQLITE_OK;
}

int RamFile::check_reserved_lock(int* held) {
  *held = 0;
  return SQLITE_OK;
}

/// Grows by copying into new memory itself, because a vector that moves would leave plaintext in what it
/// frees.
int RamFile::resize(std::size_t size) {
  try {
    if (size > content_.capacity()) {
      Bytes larger;
      larger.reserve(std::max({size, 2 * content_.capacity(), kFirstCapacity}));
      larger.assign(content_.begin(), content_.end());
      wipe(content_);
      content_.swap(larger);
    }
    content_.resize(size);
    return SQLITE_OK;
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
}

}  // namespace thuisbasis
