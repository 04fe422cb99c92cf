// SPDX-License-Identifier: EUPL-1.2
// What only the lead of a circle decides (PROTOCOL.md P-77 to P-79).
#include "core/verify/entry_check.h"
#include "core/verify/entry_parts.h"
#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

Status check_lead(const Member& author) {
  if (author.rank != Rank::kLead)
    return Error(Code::kNotPermitted, "only the lead of the circle decides this");
  return {};
}

}  // namespace

Result<CirclePolicy> policy_of(std::uint32_t number) {
  if (number == 0) return Error(Code::kMalformed, "circle without a policy");
  if (number > static_cast<std::uint32_t>(CirclePolicy::kCoaches))
    return Error(Code::kSchemaTooNew, "circle's policy " + std::to_string(number));
  return static_cast<CirclePolicy>(number);
}

Status EntryCheck::take_policy(const Member& author) {
  TB_CHECK(check_lead(author));
  TB_TRY(log_.policy_, policy_of(entry_.policy().policy()));
  return {};
}

Status EntryCheck::take_min_suite(const Member& author) {
  TB_CHECK(check_lead(author));
  if (entry_.min_suite().suite() <= log_.min_suite_)
    return Error(Code::kNotPermitted, "a circle's minimum suite only rises");
  return Error(Code::kUnknownSuite, "circle asks for suite " + std::to_string(entry_.min_suite().suite()));
}

Status EntryCheck::take_handover(const Member& author) {
  TB_CHECK(check_lead(author));
  TB_TRY(const auto device, fixed_field<DeviceId>(entry_.handover().lead(), "new lead"));
  const auto next = log_.members_.find(device);
  if (next == log_.members_.end() || device == place_.author)
    return Error(Code::kNotPermitted, "the lead goes to another member");
  log_.members_.at(place_.author).rank = Rank::kCoach;
  next->second.rank = Rank::kLead;
  return {};
}

}  // namespace thuisbasis
