// SPDX-License-Identifier: EUPL-1.2
#include "core/store/encrypted_vfs_wal.h"

#include <algorithm>
#include <new>
#include <utility>

#include "core/store/wal_checksum.h"

namespace thuisbasis {
namespace {

constexpr sqlite3_int64 kWalHeader{kWalHeaderSize};
constexpr sqlite3_int64 kFrame{kFrameSize};
constexpr sqlite3_int64 kFrameHeader{kFrameHeaderSize};
/// How many frames wait for each other at most.
constexpr std::size_t kGatheredMax = 15;
/// The checksum of a frame (and, in the WAL header, of the header), where rewriting a chain of checksums
/// starts.
constexpr std::size_t kChecksumSize = 8;
constexpr sqlite3_int64 kChecksumInFrame = 16;
constexpr sqlite3_int64 kChecksumInHeader = 24;

/// Page number and size of the database; then come the salts.
constexpr std::size_t kSaltsInFrame = 8;
constexpr std::size_t kSaltsInHeader = 16;
static_assert(kSaltsInFrame + std::tuple_size_v<WalSalts> == FramePlace::kSize);

/// After the version of the format, which follows the magic number.
constexpr std::size_t kPageSizeInHeader = 8;

bool is_wal_header(ByteView bytes) {
  return bytes.size() == kWalHeaderSize && read_wal_header(bytes) &&
         read_u32(bytes.subspan(kPageSizeInHeader)) == kPageSize;
}

/// The salts come from the WAL's header: those of a frame's header are zero for a while when SQLite has to
/// compute the checksums of a transaction again.
PagePlace place_in_wal(ByteView plain_header, const WalSalts& salts, sqlite3_int64 frame) {
  PagePlace place{.file = PagePlace::File::kWal,
                  .page = read_u32(plain_header),
                  .offset = static_cast<std::uint64_t>(frame + kFrameHeader),
                  .frame = {}};
  const auto end = std::copy_n(plain_header.begin(), kSaltsInFrame, place.frame.mutable_view().begin());
  std::copy(salts.begin(), salts.end(), end);
  return place;
}

/// Opens a frame that lies in `frame_bytes` whole and sealed; false when it is torn or not ours.
bool open_frame(PageCipher& cipher, MutableByteView frame_bytes, const WalSalts& salts, sqlite3_int64 frame) {
  cipher.open_frame_header(frame_bytes.first<kFrameHeaderSize>());
  const PagePlace place = place_in_wal(frame_bytes, salts, frame);
  const MutableByteView page = frame_bytes.subspan(kFrameHeaderSize);
  return place.page != 0 && cipher.open_page(page, page, place);
}

}  // namespace

int VaultWalFile::close() {
  const int flushed = flush();
  const int closed = ForwardingFile::close();
  return flushed != SQLITE_OK ? flushed : closed;
}

int VaultWalFile::read(MutableByteView out, sqlite3_int64 offset) {
  // SQLite counts what waits as written. Only after an I/O error it gives up the whole transaction, also when
  // the error comes from a read.
  if (flush() != SQLITE_OK) return SQLITE_IOERR_WRITE;
  if (offset == 0 && out.size() == kWalHeaderSize) return read_header(out);
  if (offset == kChecksumInHeader && out.size() == kChecksumSize) return ForwardingFile::read(out, offset);
  if (offset < kWalHeader) return files_.refused_read();
  const sqlite3_int64 in_frame = (offset - kWalHeader) % kFrame;
  const sqlite3_int64 frame = offset - in_frame;
  if (in_frame == 0 && out.size() == kFrameSize) return read_whole_frame(out, frame);
  if (in_frame == kFrameHeader && out.size() == kPageSize) return read_page(out, frame);
  Header header;
  if (in_frame == 0 && out.size() == kFrameHeaderSize) {
    const int result_code = read_frame_header(header, frame);
    std::copy(header.begin(), header.end(), out.begin());
    return result_code;
  }
  if (in_frame == kChecksumInFrame && out.size() == kChecksumSize) {
    const int result_code = read_frame_header(header, frame);
    std::copy(header.end() - kChecksumSize, header.end(), out.begin());
    return result_code;
  }
  return files_.refused_read();
}

int VaultWalFile::read_header(MutableByteView out) {
  const int result_code = ForwardingFile::read(out, 0);
  if (result_code == SQLITE_OK && !read_wal_header(out)) ++files_.report.torn_frames;
  return result_code;
}

int VaultWalFile::read_frame_header(Header& header, sqlite3_int64 frame) {
  const int result_code = ForwardingFile::read(header, frame);
  if (result_code == SQLITE_OK) files_.cipher.open_frame_header(header);
  return result_code;
}

int VaultWalFile::read_whole_frame(MutableByteView out, sqlite3_int64 frame) {
  if (const int result_code = ForwardingFile::read(out, frame); result_code != SQLITE_OK) return result_code;
  const std::uint32_t page = read_u32(out);
  if (const int salted = learn_salts(); salted != SQLITE_OK) return salted;
  if (!written_) ++files_.report.frames_after_crash;
  if (open_frame(files_.cipher, out, *salts_, frame)) {
    // Salts and checksum are one block: where that is damaged, SQLite stops without asking further.
    const bool fits = std::equal(salts_->begin(), salts_->end(), out.begin() + kSaltsInFrame);
    if (!written_ && !fits) ++files_.report.torn_frames;
    return SQLITE_OK;
  }
  std::fill(out.begin(), out.end(), Byte{0});
  // Once this connection writes, whole frames are read back only to give them new checksums.
  if (written_) return files_.damaged(page);
  // A frame of page 0 ends recovery, even if somebody worked out a page whose checksum fits.
  if (!is_of_earlier_generation(frame)) ++files_.report.torn_frames;
  return SQLITE_OK;
}

/// Every frame of an earlier generation is in the database file.
bool VaultWalFile::is_of_earlier_generation(sqlite3_int64 frame) {
  if (ForwardingFile::read(files_.scratch, frame) != SQLITE_OK) return false;
  Header header;
  std::copy_n(files_.scratch.begin(), header.size(), header.begin());
  files_.cipher.open_frame_header(header);
  WalSalts own;
  std::copy_n(header.begin() + kSaltsInFrame, own.size(), own.begin());
  return own != *salts_ && open_frame(files_.cipher, files_.scratch, own, frame);
}

int VaultWalFile::read_page(MutableByteView out, sqlite3_int64 frame) {
  const int result_code = ForwardingFile::read(files_.scratch, frame);
  if (result_code != SQLITE_OK && result_code != SQLITE_IOERR_SHORT_READ) return result_code;
  if (const int salted = learn_salts(); salted != SQLITE_OK) return salted;
  const auto header = std::span(files_.scratch).first<kFrameHeaderSize>();
  files_.cipher.open_frame_header(header);
  const PagePlace place = place_in_wal(header, *salts_, frame);
  const ByteView sealed = ByteView(files_.scratch).subspan(kFrameHeaderSize);
  if (result_code == SQLITE_OK && place.page != 0 && files_.cipher.open_page(out, sealed, place))
    return SQLITE_OK;
  std::fill(out.begin(), out.end(), Byte{0});
  return files_.damaged(place.page);
}

int VaultWalFile::write(ByteView bytes, sqlite3_int64 offset) {
  written_ = true;
  if (offset == 0) {
    if (!is_wal_header(bytes)) return files_.refused_write();
    if (const int result_code = flush(); result_code != SQLITE_OK) return result_code;
    salts_.emplace();
    std::copy_n(bytes.begin() + kSaltsInHeader, salts_->size(), salts_->begin());
    files_.wal_frames = 0;
    return ForwardingFile::write(bytes, offset);
  }
  if (offset < kWalHeader) return files_.refused_write();
  const sqlite3_int64 in_frame = (offset - kWalHeader) % kFrame;
  if (in_frame == kFrameHeader) return write_page(bytes, offset - in_frame);
  if (in_frame != 0 || bytes.size() != kFrameHeaderSize) return files_.refused_write();
  const bool follows = !pending_ && gathered_count_ < kGatheredMax &&
                       offset == gathered_at_ + static_cast<sqlite3_int64>(gathered_count_) * kFrame;
  if (!follows)
    if (const int result_code = flush(); result_code != SQLITE_OK) return result_code;
  pending_.emplace(Pending{.offset = offset, .header = {}});
  std::copy(bytes.begin(), bytes.end(), pending_->header.begin());
  return SQLITE_OK;
}

/// A page comes after its header, or alone when SQLite rewrites a page inside the running transaction; then
/// the header is on disk already and keeps page number and size.
int VaultWalFile::write_page(ByteView page, sqlite3_int64 frame) {
  const bool together = pending_ && pending_->offset == frame;
  Header header;
  if (together) {
    header = pending_->header;
    pending_.reset();
  } else {
    if (const int result_code = flush(); result_code != SQLITE_OK) return result_code;
    if (const int result_code = read_frame_header(header, frame); result_code != SQLITE_OK)
      return result_code;
  }
  if (const int salted = learn_salts(); salted != SQLITE_OK) return salted;
  const PagePlace place = place_in_wal(header, *salts_, frame);
  if (place.page == 0 || !is_writable_page(page, place.page, files_.creating)) return files_.refused_write();
  files_.wal_frames =
      std::max(files_.wal_frames, static_cast<std::uint32_t>((frame - kWalHeader) / kFrame) + 1);
  if (together) return gather(header, page, place);
  const MutableByteView sealed = MutableByteView(files_.scratch).subspan(kFrameHeaderSize);
  if (!files_.cipher.seal_page(sealed, page, place)) return SQLITE_IOERR_WRITE;
  return ForwardingFile::write(sealed, frame + kFrameHeader);
}

/// Seals a frame behind those that wait.
int VaultWalFile::gather(const Header& header, ByteView page, const PagePlace& place) {
  if (gathered_ == nullptr) gathered_ = std::make_unique<Byte[]>(kGatheredMax * kFrameSize);
  const MutableByteView frame(gathered_.get() + gathered_count_ * kFrameSize, kFrameSize);
  if (!files_.cipher.seal_page(frame.subspan(kFrameHeaderSize), page, place)) return SQLITE_IOERR_WRITE;
  std::copy(header.begin(), header.end(), frame.begin());
  files_.cipher.seal_frame_header(frame.first<kFrameHeaderSize>());
  if (gathered_count_ == 0) gathered_at_ = static_cast<sqlite3_int64>(place.offset) - kFrameHeader;
  ++gathered_count_;
  return gathered_count_ < kGatheredMax ? SQLITE_OK : write_gathered();
}

int VaultWalFile::write_gathered() {
  const std::size_t count = std::exchange(gathered_count_, 0);
  if (count == 0) return SQLITE_OK;
  return ForwardingFile::write({gathered_.get(), count * kFrameSize}, gathered_at_);
}

int VaultWalFile::learn_salts() {
  if (salts_) return SQLITE_OK;
  WalSalts salts;
  const int result_code = ForwardingFile::read(salts, kSaltsInHeader);
  if (result_code == SQLITE_OK) salts_ = salts;
  return result_code;
}

/// Writes what waits: whole frames, then a header that stayed alone. SQLite rewrites headers, and only them,
/// when a page inside the transaction changed.
int VaultWalFile::flush() {
  if (const int result_code = write_gathered(); result_code != SQLITE_OK) return result_code;
  if (!pending_) return SQLITE_OK;
  Pending alone = *pending_;
  pending_.reset();
  files_.cipher.seal_frame_header(alone.header);
  return ForwardingFile::write(alone.header, alone.offset);
}

int VaultWalFile::truncate(sqlite3_int64 size) {
  const int result_code = flush();
  return result_code != SQLITE_OK ? result_code : ForwardingFile::truncate(size);
}

int VaultWalFile::sync(int flags) {
  const int result_code = flush();
  return result_code != SQLITE_OK ? result_code : ForwardingFile::sync(flags);
}

int VaultWalFile::file_size(sqlite3_int64* size) {
  return flush() == SQLITE_OK ? ForwardingFile::file_size(size) : SQLITE_IOERR_WRITE;
}

int VaultWalFile::file_control(int operation, void* argument) {
  const bool preallocates = operation == SQLITE_FCNTL_CHUNK_SIZE || operation == SQLITE_FCNTL_SIZE_HINT;
  return preallocates ? SQLITE_NOTFOUND : ForwardingFile::file_control(operation, argument);
}

int find_salt_in_wal(sqlite3_vfs* vfs, const char* wal_name, VaultFiles& files) {
  // SQLite calls this, and nothing may be thrown through it.
  const std::unique_ptr<Byte[]> memory(new (std::nothrow) Byte[static_cast<std::size_t>(vfs->szOsFile)]());
  if (memory == nullptr) return SQLITE_IOERR_NOMEM;
  auto* const wal = reinterpret_cast<sqlite3_file*>(memory.get());
  int result_code = vfs->xOpen(vfs, wal_name, wal, SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, nullptr);
  if (result_code != SQLITE_OK) return result_code;
  sqlite3_int64 size = 0;
  result_code = wal->pMethods->xFileSize(wal, &size);
  WalSalts salts{};
  if (result_code == SQLITE_OK && size > kWalHeader)
    result_code = wal->pMethods->xRead(wal, salts.data(), static_cast<int>(salts.size()), kSaltsInHeader);
  bool found = false;
  for (sqlite3_int64 frame = kWalHeader; result_code == SQLITE_OK && !found && frame + kFrame <= size;
       frame += kFrame) {
    const MutableByteView bytes = files.scratch;
    result_code = wal->pMethods->xRead(wal, bytes.data(), static_cast<int>(bytes.size()), frame);
    if (result_code != SQLITE_OK || read_u32(bytes) != 1) continue;
    FileSalt salt;
    std::copy_n(bytes.begin() + kFrameHeaderSize, kFileSaltSize, salt.mutable_view().begin());
    files.cipher.set_salt(salt);
    found = open_frame(files.cipher, bytes, salts, frame);
  }
  wal->pMethods->xClose(wal);
  files.salt_known = found;
  if (result_code != SQLITE_OK) return result_code;
  return found ? SQLITE_OK : SQLITE_NOTFOUND;
}

}  // namespace thuisbasis
