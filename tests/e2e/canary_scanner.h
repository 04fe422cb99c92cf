// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis::e2e {

/// One trace of a planted secret: which one, written how, and where.
struct Sighting {
  std::string canary;
  std::string encoding;
  std::string place;
  friend auto operator<=>(const Sighting&, const Sighting&) = default;
};

/// Looks for secrets in bytes of any origin: raw, UTF-16, base64 in its three alignments and two alphabets,
/// hex in both cases, numbers as decimals, varints and eight-byte integers; and again in every zstd frame
/// found. One pass over the bytes, however many secrets there are. One thread.
class CanaryScanner final {
 public:
  /// At least 10 bytes, so that chance cannot bring it about.
  void plant_text(const std::string& name, std::string_view text);
  void plant_bytes(const std::string& name, ByteView secret);
  /// Needs a number whose varint has 9 bytes or more.
  void plant_number(const std::string& name, std::int64_t number);
  std::size_t planted() const { return names_.size(); }

  /// Everything found, each kind of sighting once a place.
  std::set<Sighting> scan(ByteView bytes, const std::string& place) const;

  /// How a secret is written in each encoding, for controls.
  std::map<std::string, Bytes> spellings(const std::string& name) const;

 private:
  struct Pattern {
    std::string name;
    std::string encoding;
    Bytes bytes;
  };
  void add(const std::string& name, const std::string& encoding, Bytes bytes);
  void add_base64(const std::string& name, ByteView secret);
  void scan_plain(ByteView bytes, const std::string& place, const std::string& wrapping,
                  std::set<Sighting>& found) const;

  std::set<std::string> names_;
  std::vector<Pattern> patterns_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_start_;  ///< first eight bytes
};

}  // namespace thuisbasis::e2e
