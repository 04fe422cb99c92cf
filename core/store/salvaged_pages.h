// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/store/bare_file.h"
#include "core/store/page_cipher.h"
#include "core/store/wal_checksum.h"

namespace thuisbasis {

/// The pages of an encrypted database that authenticate, wherever they lie: the file and its WAL are read
/// page by page, below SQLite, so that damage to one page costs that page only. What a commit wrote counts
/// also where a frame before it in the WAL is damaged, at which SQLite would stop. Reads only, and keeps the
/// file locked for as long as it lives. One thread at a time.
class SalvagedPages final {
 public:
  /// kLocked while another process has the database open. kDecryptFailed when not one page authenticates:
  /// the key is another one, or nothing is left. kDamaged for a file of no size.
  static Result<std::unique_ptr<SalvagedPages>> open(const char* base_vfs, const std::string& path,
                                                     const Secret& database_key, Random& random);

  std::uint32_t count() const { return static_cast<std::uint32_t>(places_.size()); }
  /// Pages that no version can be read of, ascending.
  const std::vector<std::uint32_t>& damaged() const { return damaged_; }
  /// Whether something of the WAL could not be read that may have been of a commit that was promised. At the
  /// very end of the WAL it may also be of one that the power cut off: nothing tells these apart.
  bool wal_damaged() const { return wal_damaged_; }
  /// Whether commits that were surely promised follow what could not be read, or begin there. SQLite would
  /// pass over all of them, without a word. No power loss looks like this.
  bool commits_follow_wal_damage() const { return commits_follow_wal_damage_; }

  /// How many versions of a page can be read: one or none, but more where the WAL is damaged, since a page
  /// may then have given away rows to one that is lost. Pages count from 1, versions from 0, the newest.
  std::size_t versions(std::uint32_t page) const;
  /// The page in clear; false when it can no longer be read.
  bool read(std::uint32_t page, std::size_t version, MutableByteView plain);

 private:
  using Page = std::array<Byte, kPageSize>;
  using Frame = std::array<Byte, kFrameSize>;
  using Salts = std::array<Byte, 8>;
  /// Where one version of a page lies.
  struct Place {
    bool in_wal = false;
    std::uint64_t offset = 0;  ///< of the page, or of its frame
  };
  /// A frame of the WAL that authenticates.
  struct GoodFrame {
    std::uint32_t page = 0;
    std::uint32_t pages_after_commit = 0;  ///< 0: no commit
    std::uint64_t offset = 0;
    Salts salts{};                        ///< that it was sealed with
    std::optional<WalChecksum> checksum;  ///< none where the end of its header is damaged
  };

  SalvagedPages(const Secret& database_key, Random& random) : cipher_(database_key, random) {}
  Status open_files(const char* base_vfs, const std::string& path);
  bool find_salt();
  bool find_salt_in_wal();
  bool find_salt_in_pieces();
  bool some_page_opens();
  void read_wal_header();
  void find_wal_salts();
  std::vector<GoodFrame> read_wal();
  bool is_left_over(const GoodFrame& frame, const std::optional<WalChecksum>& before, ByteView plain) const;
  bool has_news(const std::vector<GoodFrame>& frames);
  std::uint32_t count_pages(const std::vector<GoodFrame>& frames);
  void place_pages(const std::vector<GoodFrame>& frames);
  bool read_main(std::uint32_t page, MutableByteView plain);
  std::optional<GoodFrame> read_frame(std::uint64_t offset, MutableByteView plain);
  bool open_frame(const Frame& frame, const GoodFrame& as, MutableByteView plain);
  std::uint64_t pages_in_file() const { return (file_size_ + kPageSize - 1) / kPageSize; }

  PageCipher cipher_;
  std::unique_ptr<BareFile> file_;
  std::unique_ptr<BareFile> wal_;  ///< null when there is none
  std::uint64_t file_size_ = 0;
  std::uint64_t wal_size_ = 0;
  std::optional<Salts> wal_salts_;          ///< of this generation of the WAL
  std::optional<WalHeader> wal_header_;     ///< none where that is damaged
  std::vector<std::vector<Place>> places_;  ///< by page - 1, the newest first
  std::vector<std::uint32_t> damaged_;
  bool wal_damaged_ = false;
  bool commits_follow_wal_damage_ = false;
};

}  // namespace thuisbasis
