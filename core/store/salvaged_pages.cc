// SPDX-License-Identifier: EUPL-1.2
#include "core/store/salvaged_pages.h"

#include <algorithm>

namespace thuisbasis {
namespace {

constexpr std::size_t kSaltsInHeader = 16;
constexpr std::size_t kSaltsInFrame = 8;
constexpr std::size_t kPageCountAt = 28;
/// No vault is larger: beyond it, the size that a damaged file gives is not believed.
constexpr std::uint32_t kPagesMax = std::uint32_t{1} << 28;

/// What SQLite computes over the first 24 bytes of a WAL header (its file format, section 4.2).
bool wal_header_is_whole(ByteView header) {
  const bool big_endian = (read_u32(header) & 1u) != 0;
  const auto word = [&](std::size_t at) {
    const std::uint32_t value = read_u32(header.subspan(at));
    return big_endian ? value : __builtin_bswap32(value);
  };
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  for (std::size_t at = 0; at < 24; at += 8) {
    first += word(at) + second;
    second += word(at + 4) + first;
  }
  const bool is_header = (read_u32(header) & ~1u) == 0x377f0682;
  return is_header && first == read_u32(header.subspan(24)) && second == read_u32(header.subspan(28));
}

}  // namespace

Result<std::unique_ptr<SalvagedPages>> SalvagedPages::open(const char* base_vfs, const std::string& path,
                                                           const Secret& database_key, Random& random) {
  if (database_key.size() != kDatabaseKeySize)
    return Error(Code::kInvalidArgument, "database key is not 32 bytes");
  std::unique_ptr<SalvagedPages> pages(new SalvagedPages(database_key, random));
  TB_CHECK(pages->open_files(base_vfs, path));
  pages->find_wal_salts();
  if (!pages->find_salt())
    return Error(Code::kDecryptFailed, "not one page of " + path + " can be read with this key");
  pages->place_pages(pages->read_wal());
  return pages;
}

Status SalvagedPages::open_files(const char* base_vfs, const std::string& path) {
  TB_TRY(sqlite3_vfs * vfs, BareFile::vfs_named(base_vfs));
  TB_TRY(file_, BareFile::open(*vfs, path, BareFile::Kind::kDatabase));
  TB_CHECK(file_->lock());
  TB_TRY(file_size_, file_->size());
  const std::string wal_path = path + "-wal";
  TB_TRY(const bool has_wal, BareFile::exists(*vfs, wal_path));
  if (has_wal) {
    TB_TRY(wal_, BareFile::open(*vfs, wal_path, BareFile::Kind::kWal));
    TB_TRY(wal_size_, wal_->size());
  }
  if (file_size_ + wal_size_ == 0) return Error(Code::kDamaged, path + " is empty");
  return {};
}

/// Page 1 carries the salt in clear; whether it is still the right one, any page tells.
bool SalvagedPages::find_salt() {
  FileSalt salt;
  if (file_->read(salt.mutable_view(), 0)) {
    cipher_.set_salt(salt);
    if (some_page_opens()) return true;
  }
  return find_salt_in_wal();
}

bool SalvagedPages::some_page_opens() {
  Page page;
  for (std::uint32_t number = 1; number <= std::min<std::uint64_t>(pages_in_file(), kPagesMax); ++number)
    if (read_main(number, page)) return true;
  for (std::uint64_t at = kWalHeaderSize; at + kFrameSize <= wal_size_; at += kFrameSize)
    if (read_frame(at, page)) return true;
  return false;
}

bool SalvagedPages::find_salt_in_wal() {
  Frame frame;
  Page page;
  for (std::uint64_t at = kWalHeaderSize; at + kFrameSize <= wal_size_; at += kFrameSize) {
    if (!wal_->read(frame, at) || read_u32(frame) != 1) continue;
    FileSalt salt;
    std::copy_n(frame.begin() + kFrameHeaderSize, kFileSaltSize, salt.mutable_view().begin());
    cipher_.set_salt(salt);
    if (read_frame(at, page)) return true;
  }
  return false;
}

/// The salts of this generation of the WAL: from its header or, where that is damaged, from the first frame,
/// which is always of this generation once it was written.
void SalvagedPages::find_wal_salts() {
  std::array<Byte, kWalHeaderSize> header{};
  if (!wal_ || !wal_->read(header, 0)) return;
  std::copy_n(header.begin() + kSaltsInHeader, wal_salts_.size(), wal_salts_.begin());
  std::array<Byte, kFrameHeaderSize> frame{};
  if (wal_header_is_whole(header) || !wal_->read(frame, kWalHeaderSize)) return;
  cipher_.open_frame_header(frame);
  std::copy_n(frame.begin() + kSaltsInFrame, wal_salts_.size(), wal_salts_.begin());
}

bool SalvagedPages::read_main(std::uint32_t page, MutableByteView plain) {
  const std::uint64_t offset = std::uint64_t{page - 1} * kPageSize;
  const PagePlace place{.file = PagePlace::File::kMain, .page = page, .offset = offset, .frame = {}};
  if (!file_->read(plain, offset)) return false;
  // Of page 1 only the check of the key may be what was damaged.
  if (page == 1) cipher_.put_key_check(plain);
  return cipher_.open_page(plain, plain, place).has_value();
}

std::optional<SalvagedPages::GoodFrame> SalvagedPages::read_frame(std::uint64_t offset,
                                                                  MutableByteView plain) {
  Frame frame;
  if (!wal_ || !wal_->read(frame, offset)) return std::nullopt;
  const auto header = std::span(frame).first<kFrameHeaderSize>();
  const std::uint32_t page = read_u32(header);
  if (page == 0 || page > kPagesMax) return std::nullopt;
  PagePlace place{
      .file = PagePlace::File::kWal, .page = page, .offset = offset + kFrameHeaderSize, .frame = {}};
  const auto end = std::copy_n(header.begin(), kSaltsInFrame, place.frame.mutable_view().begin());
  std::copy(wal_salts_.begin(), wal_salts_.end(), end);
  if (!cipher_.open_page(plain, std::span(frame).subspan(kFrameHeaderSize), place)) return std::nullopt;
  return GoodFrame{page, read_u32(header.subspan(4)), offset};
}

/// All frames up to the last commit. What comes after it was promised to nobody.
std::vector<SalvagedPages::GoodFrame> SalvagedPages::read_wal() {
  std::vector<GoodFrame> frames;
  std::size_t promised = 0;
  std::uint64_t seen = 0;
  std::uint64_t seen_at_commit = 0;
  Page page;
  for (std::uint64_t at = kWalHeaderSize; at + kFrameSize <= wal_size_; at += kFrameSize) {
    ++seen;
    const std::optional<GoodFrame> frame = read_frame(at, page);
    if (!frame) continue;
    frames.push_back(*frame);
    if (frame->pages_after_commit == 0) continue;
    promised = frames.size();
    seen_at_commit = seen;
  }
  frames.resize(promised);
  wal_damaged_ = seen_at_commit > promised;
  return frames;
}

/// As the last commit says; a file of which that cannot be known is as long as it is.
std::uint32_t SalvagedPages::count_pages(const std::vector<GoodFrame>& frames) {
  if (!frames.empty()) return std::min(frames.back().pages_after_commit, kPagesMax);
  Page first;
  if (read_main(1, first)) return std::min(read_u32(ByteView(first).subspan(kPageCountAt)), kPagesMax);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(pages_in_file(), kPagesMax));
}

void SalvagedPages::place_pages(const std::vector<GoodFrame>& frames) {
  const std::uint32_t pages = count_pages(frames);
  places_.resize(pages);
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    if (frame->page > pages) continue;
    std::vector<Place>& known = places_[frame->page - 1];
    if (known.empty() || wal_damaged_) known.push_back({true, frame->offset});
  }
  Page plain;
  for (std::uint32_t page = 1; page <= pages; ++page) {
    std::vector<Place>& known = places_[page - 1];
    if ((known.empty() || wal_damaged_) && read_main(page, plain))
      known.push_back({false, std::uint64_t{page - 1} * kPageSize});
    if (known.empty()) damaged_.push_back(page);
  }
}

std::size_t SalvagedPages::versions(std::uint32_t page) const {
  return page >= 1 && page <= places_.size() ? places_[page - 1].size() : 0;
}

bool SalvagedPages::read(std::uint32_t page, std::size_t version, MutableByteView plain) {
  if (version >= versions(page)) return false;
  const Place& place = places_[page - 1][version];
  return place.in_wal ? read_frame(place.offset, plain).has_value() : read_main(page, plain);
}

}  // namespace thuisbasis
