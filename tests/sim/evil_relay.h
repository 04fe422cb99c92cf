// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <deque>

#include "sync/wire/frames.h"
#include "tests/sim/dice.h"

namespace thuisbasis::sim {

/// What a relay that means harm, or is broken, can do to an answer: it holds the bundles of all circles and
/// may give what it likes, but has nobody's keys. Remembers items that went by. One thread.
class EvilRelay final {
 public:
  explicit EvilRelay(std::uint64_t seed) : dice_(seed) {}

  /// Each changes the answer's frames; false when there was nothing for it to do.
  bool withhold(Bytes& body);  ///< leaves out an item
  bool reorder(Bytes& body);   ///< two items change places
  bool repeat(Bytes& body);    ///< an item comes twice
  bool mix(Bytes& body);       ///< another circle's bundle, or another one of this circle, in an item's place
  bool forge(Bytes& body);     ///< receipts for more than it has

  /// An answer that went by as it should.
  void remember(ByteView body);

 private:
  static std::vector<std::size_t> items_of(const std::vector<SyncFrame>& frames);
  std::size_t any(const std::vector<std::size_t>& places) { return places[dice_.below(places.size())]; }

  static constexpr std::size_t kRememberedMax = 64;
  Dice dice_;
  std::deque<Bytes> bundles_;
};

}  // namespace thuisbasis::sim
