// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <vector>

#include "core/verify/hash.h"
#include "core/verify/receipt.h"

namespace thuisbasis {

/// Stands for everything in a circle's log up to some place (PROTOCOL.md P-95): two logs with the same mark
/// hold the same items in the same order up to there. Zeros before the first item.
using LogMark = FixedBytes<struct LogMarkTag, 16>;

/// A place in a circle's log, and the mark there. As made: before the first item, which every log has in
/// common.
struct MarkedPlace {
  std::uint64_t sequence = 0;
  LogMark mark;
  friend bool operator==(const MarkedPlace&, const MarkedPlace&) = default;
};

/// The mark of the place after `before`, where `item` stands.
LogMark next_mark(const LogMark& before, const Receipt& item);

/// The places of a log at which marks tell, in few steps, up to where another log is the same: `last`, and
/// 1, 3, 7, 15 and so on before it, as far as there are any.
std::vector<std::uint64_t> places_back_from(std::uint64_t last);

/// A hash over the marks at the places where one device stands, so that it need not send them all.
using MarksHash = FixedBytes<struct MarksHashTag, 16>;

/// Makes a MarksHash. Circles come sorted, each once; one whose mark is not known is left out. One thread.
class MarksHasher final {
 public:
  MarksHasher();
  void add(const CircleId& circle, const LogMark& mark);
  /// The object may not be used afterwards.
  MarksHash finish();

 private:
  Sha256 hash_;
};

}  // namespace thuisbasis
