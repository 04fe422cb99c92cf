// SPDX-License-Identifier: EUPL-1.2
#include "core/store/salvaged_pages.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kSaltsInHeader = 16;
constexpr std::size_t kSaltsInFrame = 8;
constexpr std::size_t kPageCountAt = 28;
/// No vault is larger: beyond it, the size that a damaged file gives is not believed.
constexpr std::uint32_t kPagesMax = std::uint32_t{1} << 28;

constexpr std::size_t kChecksumInFrame = 16;

}  // namespace

Result<std::unique_ptr<SalvagedPages>> SalvagedPages::open(const char* base_vfs, const std::string& path,
                                                           const Secret& database_key, Random& random) {
  if (database_key.size() != kDatabaseKeySize)
    return Error(Code::kInvalidArgument, "database key is not 32 bytes");
  std::unique_ptr<SalvagedPages> pages(new SalvagedPages(database_key, random));
  TB_CHECK(pages->open_files(base_vfs, path));
  pages->read_wal_header();
  if (!pages->find_salt())
    return Error(Code::kDecryptFailed, "not one page of " + path + " can be read with this key");
  pages->find_wal_salts();
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

/// Page 1 carries the salt in clear, and every other page a piece of it; whether it is still the right one,
/// any page tells.
bool SalvagedPages::find_salt() {
  FileSalt salt;
  if (file_->read(salt.mutable_view(), 0)) {
    cipher_.set_salt(salt);
    if (some_page_opens()) return true;
  }
  return find_salt_in_wal() || find_salt_in_pieces();
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

/// Of each piece what most pages say.
bool SalvagedPages::find_salt_in_pieces() {
  std::array<std::map<SaltPiece, std::size_t>, kSaltPieces> told;
  std::array<SaltPiece, kSaltPieces> pieces{};
  Page page;
  for (std::uint32_t number = 2; number <= std::min<std::uint64_t>(pages_in_file(), kPagesMax); ++number)
    if (file_->read(page, std::uint64_t{number - 1} * kPageSize))
      ++told[number % kSaltPieces][salt_piece_on(page)];
  for (std::size_t i = 0; i < kSaltPieces; ++i) {
    told[i].erase(SaltPiece{});  // of a page that was overwritten with zeros
    const auto most = std::max_element(told[i].begin(), told[i].end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != told[i].end()) pieces[i] = most->first;
  }
  cipher_.set_salt(joined_salt(pieces));
  return some_page_opens();
}

void SalvagedPages::read_wal_header() {
  std::array<Byte, kWalHeaderSize> header{};
  if (!wal_ || !wal_->read(header, 0)) return;
  wal_header_ = thuisbasis::read_wal_header(header);
  if (!wal_header_) return;
  wal_salts_.emplace();
  std::copy_n(header.begin() + kSaltsInHeader, wal_salts_->size(), wal_salts_->begin());
}

/// Without the header: those of the first frame that authenticates with the salts it carries, since frames of
/// an earlier generation stand behind.
void SalvagedPages::find_wal_salts() {
  Page page;
  for (std::uint64_t at = kWalHeaderSize; !wal_salts_ && at + kFrameSize <= wal_size_; at += kFrameSize)
    if (const auto frame = read_frame(at, page)) wal_salts_ = frame->salts;
}

bool SalvagedPages::read_main(std::uint32_t page, MutableByteView plain) {
  const std::uint64_t offset = std::uint64_t{page - 1} * kPageSize;
  const PagePlace place{.file = PagePlace::File::kMain, .page = page, .offset = offset, .frame = {}};
  if (!file_->read(plain, offset)) return false;
  // Of page 1 only the check of the key may be what was damaged.
  if (page == 1) cipher_.put_key_check(plain);
  return cipher_.open_page(plain, plain, place).has_value();
}

/// A frame of this generation of the WAL, whatever became of the end of its header; or one of another, with
/// the salts it carries.
std::optional<SalvagedPages::GoodFrame> SalvagedPages::read_frame(std::uint64_t offset,
                                                                  MutableByteView plain) {
  Frame frame;
  if (!wal_ || !wal_->read(frame, offset)) return std::nullopt;
  const auto header = std::span(frame).first<kFrameHeaderSize>();
  cipher_.open_frame_header(header);
  GoodFrame found{read_u32(header), read_u32(header.subspan(4)), offset, {}, {}};
  if (found.page == 0 || found.page > kPagesMax) return std::nullopt;
  Salts own;
  std::copy_n(header.begin() + kSaltsInFrame, own.size(), own.begin());
  found.salts = wal_salts_.value_or(own);
  bool opened = open_frame(frame, found, plain);
  if (!opened && found.salts != own) {
    found.salts = own;
    opened = open_frame(frame, found, plain);
  }
  if (!opened) return std::nullopt;
  if (found.salts == own) found.checksum = WalChecksum::read(header.subspan(kChecksumInFrame));
  return found;
}

bool SalvagedPages::open_frame(const Frame& frame, const GoodFrame& as, MutableByteView plain) {
  PagePlace place{
      .file = PagePlace::File::kWal, .page = as.page, .offset = as.offset + kFrameHeaderSize, .frame = {}};
  const auto end = std::copy_n(frame.begin(), kSaltsInFrame, place.frame.mutable_view().begin());
  std::copy(as.salts.begin(), as.salts.end(), end);
  return cipher_.open_page(plain, ByteView(frame).subspan(kFrameHeaderSize), place).has_value();
}

/// Whether a frame does not continue the one before it: it is of a write that was undone, or cut off, before
/// what now stands there.
bool SalvagedPages::is_left_over(const GoodFrame& frame, const std::optional<WalChecksum>& before,
                                 ByteView plain) const {
  if (!before || !frame.checksum) return false;
  ByteWriter start;
  start.u32(frame.page);
  start.u32(frame.pages_after_commit);
  const bool big_endian = wal_header_ && wal_header_->big_endian;
  return before->continued(start.view(), big_endian).continued(plain, big_endian) != *frame.checksum;
}

/// All frames up to the last commit. What comes after it was promised to nobody, unless a frame there cannot
/// be read: that may have been the commit.
std::vector<SalvagedPages::GoodFrame> SalvagedPages::read_wal() {
  std::vector<GoodFrame> frames;
  std::set<std::uint32_t> since_commit;
  std::size_t promised = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t unreadable_at_commit = 0;
  bool behind_commit = false;
  bool commit_unread = false;
  std::optional<WalChecksum> before;
  if (wal_header_) before = wal_header_->checksum;
  Page page;
  std::uint64_t at = kWalHeaderSize;
  for (; at + kFrameSize <= wal_size_; at += kFrameSize) {
    const std::optional<GoodFrame> frame = read_frame(at, page);
    if (!frame || !frame->checksum) ++unreadable;  // by SQLite
    const bool is_earlier = frame && frame->salts != wal_salts_;
    if (is_earlier || (frame && is_left_over(*frame, before, page))) break;
    const bool continues = before && frame && frame->checksum;
    before = frame ? frame->checksum : std::nullopt;
    const bool proves_commit = std::exchange(behind_commit, false) && continues;
    if (!continues) commit_unread = false;
    if (!frame) continue;
    // Each commit is synced before the next one begins: what is damaged before a commit that is continued was
    // promised. Before the last one it may be what the power cut off.
    commits_follow_wal_damage_ |= proves_commit && unreadable_at_commit > 0;
    frames.push_back(*frame);
    // A transaction writes a page once, but for the one that ends it: a page that comes again tells of a
    // commit that cannot be read, if what follows is not left over from a write that was undone.
    const bool again = !since_commit.insert(frame->page).second;
    const bool is_commit = frame->pages_after_commit != 0;
    commit_unread |= again && !is_commit && unreadable > unreadable_at_commit;
    if (!is_commit) continue;
    commits_follow_wal_damage_ |= commit_unread;
    since_commit.clear();
    promised = frames.size();
    unreadable_at_commit = unreadable;
    behind_commit = true;
  }
  const bool cut_short = at < wal_size_ && at + kFrameSize > wal_size_;
  if (unreadable == unreadable_at_commit && !cut_short) frames.resize(promised);
  // A header that was cut off itself leaves an earlier generation, of which all is in the file.
  const bool headless = !wal_header_ && has_news(frames);
  wal_damaged_ = unreadable > 0 || cut_short || headless;
  commits_follow_wal_damage_ = commits_follow_wal_damage_ || headless;
  return frames;
}

/// Whether the newest version of some page is not in the file yet.
bool SalvagedPages::has_news(const std::vector<GoodFrame>& frames) {
  std::set<std::uint32_t> seen;
  Page in_wal;
  Page in_file;
  return std::any_of(frames.rbegin(), frames.rend(), [&](const GoodFrame& frame) {
    if (!seen.insert(frame.page).second) return false;
    return !read_main(frame.page, in_file) || !read_frame(frame.offset, in_wal) || in_wal != in_file;
  });
}

/// As the last commit says; a file of which that cannot be known is as long as it is.
std::uint32_t SalvagedPages::count_pages(const std::vector<GoodFrame>& frames) {
  Page first;
  auto pages = static_cast<std::uint32_t>(std::min<std::uint64_t>(pages_in_file(), kPagesMax));
  if (read_main(1, first)) pages = read_u32(ByteView(first).subspan(kPageCountAt));
  for (const GoodFrame& frame : frames)
    pages = std::max(frame.pages_after_commit == 0 ? pages : frame.pages_after_commit, frame.page);
  return std::min(pages, kPagesMax);
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
