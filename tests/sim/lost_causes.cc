// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/lost_causes.h"

#include <algorithm>

namespace thuisbasis::sim {
namespace {

/// The device, or a copy of it.
bool is_lost(const Community& community, const DeviceId& device) {
  return std::any_of(community.devices.begin(), community.devices.end(),
                     [&](const auto& one) { return one->author().device == device && one->is_lost(); });
}

/// Its author's vault was put back to before it.
bool was_put_back(const Community& community, const CircleId& circle, const Dot& dot) {
  return std::any_of(community.forgotten.begin(), community.forgotten.end(), [&](const ForgottenWork& work) {
    return work.circle == circle && work.author == dot.author && work.first <= dot.number &&
           dot.number <= work.last;
  });
}

const AgreedCircle& agreed_circle(const Community& community, const CircleId& circle) {
  return *std::find_if(community.circles.begin(), community.circles.end(),
                       [&](const AgreedCircle& one) { return one.id == circle; });
}

/// Some member's device, or a copy of it, is lost or was put back: it may have been the only one that read
/// what a member that means harm wrote, which keeps nothing.
bool lost_a_reader(const Community& community, const CircleId& circle) {
  const AgreedCircle& agreed = agreed_circle(community, circle);
  return std::any_of(community.devices.begin(), community.devices.end(), [&](const auto& device) {
    const DeviceId& id = device->author().device;
    const bool is_member = community.devices[agreed.founder]->author().device == id ||
                           community.is_admitted(agreed, *device, true);
    return is_member && (is_lost(community, id) ||
                         std::any_of(community.forgotten.begin(), community.forgotten.end(),
                                     [&](const ForgottenWork& work) { return work.author.device == id; }));
  });
}

/// Its author can bring it no more, and perhaps nobody else.
bool is_gone(const Community& community, const CircleId& circle, const Dot& dot) {
  const DeviceId& author = dot.author.device;
  if (agreed_circle(community, circle).removed.contains(author)) return true;
  if (community.strangers.contains(author)) return lost_a_reader(community, circle);
  return is_lost(community, author) || was_put_back(community, circle, dot);
}

/// An admission by a device that is lost, or one that its vault was put back to before.
bool may_lack_admission(const Community& community, const AgreedCircle& circle) {
  return !circle.perhaps.empty() || !circle.removed.empty() ||
         is_lost(community, community.devices[circle.founder]->author().device) ||
         std::any_of(circle.admitted.begin(), circle.admitted.end(), [&](const auto& admitted) {
           return is_lost(community, community.devices[admitted.second]->author().device);
         });
}

/// A member by what the device knows that is none by what the relay holds. The device is one itself: whoever
/// read the beginning of the log and not its own admission can offer nothing.
bool knows_more(SimDevice& device, const CircleId& circle, const std::vector<DeviceId>& at_relay) {
  const auto members = device.vault()->members(circle);
  if (!members) return false;
  const auto is_it = [&](const CircleMember& member) { return member.device == device.author().device; };
  const bool is_member = std::any_of(members->begin(), members->end(), is_it) ||
                         std::binary_search(at_relay.begin(), at_relay.end(), device.author().device);
  return is_member && std::any_of(members->begin(), members->end(), [&](const CircleMember& member) {
           return !std::binary_search(at_relay.begin(), at_relay.end(), member.device);
         });
}

/// The highest number of the author that some record shows.
std::uint64_t shown_of(SimDevice& device, const CircleId& circle, const Author& author) {
  std::uint64_t highest = 0;
  for (const KindSchema& kind : device.schema().kinds()) {
    const auto records = device.vault()->list({kind.number, circle, true, 0});
    if (!records) continue;
    for (const Record& record : *records)
      for (const auto& [key, field] : record.base().fields)
        for (const Entry& entry : field.entries)
          if (entry.dot.author == author) highest = std::max(highest, entry.dot.number);
  }
  return highest;
}

/// A copy that lives has the first of what the relay forgot, as confirmed.
bool lives_on(const Community& community, const CircleId& circle, const Dot& first) {
  return std::any_of(community.devices.begin(), community.devices.end(), [&](const auto& one) {
    return one->author().device == first.author.device && !one->is_lost() && one->is_confirmed(circle, first);
  });
}

}  // namespace

LostCauses::LostCauses(Community& community, RelayHouse& relay, Findings& findings) {
  for (const auto& [circle, author] : relay.forgotten()) {
    const std::uint64_t held = relay.head_of(circle, author);
    const Dot first{author, held + 1};
    if (!is_gone(community, circle, first)) continue;
    if (lives_on(community, circle, first)) continue;
    circles_.insert(circle);
    if (relay.is_split(circle)) continue;  // what one shows may contradict what the relay has
    const std::vector<DeviceId> members = relay.members_of(circle);
    for (const auto& device : community.devices)
      if (device->vault() != nullptr && device->vault()->circle(circle) &&
          std::binary_search(members.begin(), members.end(), device->author().device) &&
          shown_of(*device, circle, author) > held)
        findings.violated(Invariant::kLiveness,
                          device->name() + " shows work of a lost device that the relay lacks");
  }
  const std::set<CircleId> logs = relay.forgotten_logs();
  for (const AgreedCircle& circle : community.circles) {
    if (!logs.contains(circle.id) || !may_lack_admission(community, circle)) continue;
    circles_.insert(circle.id);
    if (relay.is_split(circle.id)) continue;
    const std::vector<DeviceId> members = relay.members_of(circle.id);
    for (const auto& device : community.devices)
      if (device->vault() != nullptr && knows_more(*device, circle.id, members))
        findings.violated(Invariant::kLiveness,
                          device->name() + " knows an admission by a lost device that the relay lacks");
  }
}

}  // namespace thuisbasis::sim
