// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/excuses.h"

#include <algorithm>

namespace thuisbasis::sim {
namespace {

/// What a member that means harm can cause: that is told, and is no damage.
bool tells_of_stranger(const std::string& sentence) {
  return Excuses::tells_of_fork(sentence) ||
         sentence.starts_with("a colleague's device sent a change that cannot be read");
}

bool tells_of_lapse(const std::string& sentence) {
  return sentence.starts_with("an admission to a circle has lapsed") ||
         sentence.starts_with("the relay has a circle without this device");
}

/// Of two people who decide about each other only one may be right.
bool tells_of_decision(const std::string& sentence) {
  return sentence.find("has lapsed") != std::string::npos;
}

/// A removal lost its place to an entry that takes it away from this device to decide: its person knows.
bool heard_of_lapsed_removal(SimDevice& device) {
  if (device.vault() == nullptr) return false;
  const auto report = device.vault()->examine();
  return report && std::any_of(report->damage.begin(), report->damage.end(), [](const std::string& sentence) {
           return sentence.starts_with("a removal from a circle has lapsed");
         });
}

}  // namespace

bool Excuses::tells_of_fork(const std::string& sentence) {
  return sentence.starts_with("an author builds on other changes than this device has seen") ||
         sentence.starts_with("another device has a different state at the same frontier");
}

std::vector<std::string> Excuses::unexcused(std::vector<std::string> sentences) const {
  if (!community_.strangers.empty()) std::erase_if(sentences, tells_of_stranger);
  if (relay_.is_any_split()) std::erase_if(sentences, tells_of_fork);
  if (relay_.is_any_log_replaced()) std::erase_if(sentences, tells_of_lapse);
  const bool any_removal = std::any_of(community_.circles.begin(), community_.circles.end(),
                                       [](const AgreedCircle& circle) { return !circle.removed.empty(); });
  if (any_removal) std::erase_if(sentences, tells_of_decision);
  return sentences;
}

bool Excuses::must_be_out(const AgreedCircle& circle, const DeviceId& device) const {
  const auto removed = circle.removed.find(device);
  if (removed == circle.removed.end() || circle.admitted_again.contains(device)) return false;
  return std::any_of(removed->second.begin(), removed->second.end(), [&](std::size_t by) {
    SimDevice& remover = *community_.devices[by];
    return !remover.is_lost() && !circle.was_removed(remover) &&
           !community_.ledger.is_disputed(remover.author().device) && !heard_of_lapsed_removal(remover);
  });
}

bool Excuses::saw_removals(SimDevice& device) const {
  return std::any_of(community_.circles.begin(), community_.circles.end(), [&](const AgreedCircle& circle) {
    return !circle.removed.empty() && device.vault()->circle(circle.id);
  });
}

bool Excuses::has_lost_causes(SimDevice& device) const {
  return std::any_of(community_.circles.begin(), community_.circles.end(), [&](const AgreedCircle& circle) {
    return is_split(circle) && device.vault()->circle(circle.id);
  });
}

/// Whom it knows to be out is a member, and its person, who heard of it, did not take that one out again: may
/// not, or does not want to, since somebody let it in again.
bool Excuses::waits_for_decision(const AgreedCircle& circle, SimDevice& device) {
  const auto overview = device.vault()->circle(circle.id);
  return overview && overview->sealing_waits == SealingWait::kRemovalOpen;
}

/// A member as far as it knows, of a circle whose log the relay lost. Others went on there without it, and
/// nobody is left who could bring its admission: its work there waits for a person.
bool Excuses::is_shut_out(const AgreedCircle& circle, SimDevice& device) const {
  if (!lost_causes_->contains(circle.id)) return false;
  const std::vector<DeviceId> at_relay = relay_.members_of(circle.id);
  if (std::binary_search(at_relay.begin(), at_relay.end(), device.author().device)) return false;
  const auto members = device.vault()->members(circle.id);
  return members && std::any_of(members->begin(), members->end(), [&](const CircleMember& member) {
           return member.device == device.author().device;
         });
}

}  // namespace thuisbasis::sim
