// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "sync/relay/storage.h"

namespace thuisbasis::crash {

/// What was appended to a relay's storage, and which of it was acknowledged: circles of its own, each with
/// entries and one author's bundles.
class RelayBook final {
 public:
  /// A new circle: its first entry, two members, the archive's wrap, all in one commit.
  Status found_circle(RelayStorage& storage, Random& random);
  /// The next bundle of every circle in the book, and a device's cursors, in one commit.
  Status append_everywhere(RelayStorage& storage, Random& random);

  /// What is not as it must be: an acknowledged item that is not there, a hole in a log, half a commit.
  std::vector<std::string> missing(RelayStorage& storage) const;
  /// What is there now counts as acknowledged.
  void settle(RelayStorage& storage);
  std::uint64_t acknowledged() const { return acknowledged_count_; }

 private:
  struct Line {
    Author author;
    std::uint64_t acknowledged = 0;  ///< items of the circle's log
    std::uint64_t attempted = 0;
  };
  std::map<CircleId, Line> lines_;
  std::uint64_t acknowledged_count_ = 0;
};

}  // namespace thuisbasis::crash
