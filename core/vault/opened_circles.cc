// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/opened_circles.h"

#include <utility>

namespace thuisbasis {

MemberCircle* OpenedCircles::find(const CircleId& id) {
  const auto found = circles_.find(id);
  return found == circles_.end() ? nullptr : &found->second;
}

MemberCircle* OpenedCircles::keep(const CircleId& id, MemberCircle circle) {
  return &circles_.emplace(id, std::move(circle)).first->second;
}

void OpenedCircles::undone() noexcept {
  for (const CircleId& id : changed_) circles_.erase(id);
}

}  // namespace thuisbasis
