// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <set>

#include "core/circle/member_circle.h"

namespace thuisbasis {

/// The circles of a vault whose logs were read since it was opened: to read one again costs the opening of
/// its keys. What a rollback takes back is forgotten, and only that. One thread at a time.
class OpenedCircles final {
 public:
  MemberCircle* find(const CircleId& id);  ///< null when it is to be rebuilt first
  /// Keeps a circle as its stored entries make it; a kept one stays. Valid until undone() or forget().
  MemberCircle* keep(const CircleId& id, MemberCircle circle);
  void forget(const CircleId& id) { circles_.erase(id); }

  /// Entries of this circle are about to be applied or stored within the present transaction. First thing:
  /// what memory and store hold of it may be undone from here on.
  void change(const CircleId& id) { changed_.insert(id); }
  /// The present transaction, or a part of it, was undone.
  void undone() noexcept;
  /// It ended: what the store holds now stays.
  void ended() noexcept { changed_.clear(); }

 private:
  std::map<CircleId, MemberCircle> circles_;
  std::set<CircleId> changed_;  ///< in the present transaction, perhaps in a part that was undone
};

}  // namespace thuisbasis
