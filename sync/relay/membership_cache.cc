// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/membership_cache.h"

namespace thuisbasis {
namespace {

std::size_t weight_of(const MembershipLog& log) {
  std::size_t weight = log.size() + log.members().size();
  for (const auto& [device, memberships] : log.former_members())
    for (const FormerMember& one : memberships) weight += 1 + one.cut_offs.size();
  return weight;
}

}  // namespace

Result<const MembershipLog*> MembershipCache::find(const CircleId& circle) {
  TB_TRY(const auto summary, storage_.circle(circle));
  if (!summary || summary->entries == 0) return static_cast<const MembershipLog*>(nullptr);
  const MembershipLog* known = logs_.find(circle);
  if (known != nullptr && known->size() == summary->entries) return known;
  // Another relay over the same store may have taken entries: who was removed there is removed here.
  MembershipLog log = known != nullptr && known->size() < summary->entries ? *known : MembershipLog(roots_);
  for (std::uint32_t index = log.size(); index < summary->entries; ++index) {
    TB_TRY(const auto stored, storage_.entry(circle, index));
    if (!stored) return Error(Code::kDamaged, "membership log with a hole");
    if (auto applied = log.apply(stored->signed_entry); !applied)
      return Error(Code::kDamaged, "stored membership entry: " + applied.error().message());
  }
  const std::size_t weight = weight_of(log);
  return &logs_.put(circle, std::move(log), weight);
}

void MembershipCache::put(MembershipLog log) {
  const CircleId circle = log.circle();
  const std::size_t weight = weight_of(log);
  logs_.put(circle, std::move(log), weight);
}

}  // namespace thuisbasis
