// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/eavesdropper.h"

#include "core/verify/bundle_header.h"
#include "sync/wire/frames.h"
#include "tests/support/found_vault.h"

namespace thuisbasis::sim {
namespace {

constexpr std::uint64_t kDiskSeed = 0x6561;

/// The files of a device, copied to another disk.
struct CopiedDisk {
  testing_support::CrashDisk disk{kDiskSeed};
  testing_support::SeededRandom random{kDiskSeed};
  Schedule schedule;
  SimClock clock{schedule};

  explicit CopiedDisk(const SimDevice& device) {
    for (const auto& [path, content] : device.files()) disk.put(path, content);
  }
  Result<testing_support::FoundVault> open(const SimDevice& device) {
    return testing_support::FoundVault::open(SimDevice::kFile, SimDevice::key(),
                                             {clock, random, device.schema(), disk.vfs_name()});
  }
};

}  // namespace

void Eavesdropper::overhear(ByteView body) {
  const auto request = decode_sync_request(body);
  if (!request) return;
  for (const Bytes& bytes : request->bundles) {
    const auto bundle = parse_bundle(bytes);
    if (bundle) overheard_[bundle->header.circle].emplace(sha256(bytes), bytes);
  }
}

void Eavesdropper::read(const AgreedCircle& circle, const std::vector<DeviceId>& members) {
  const Overheard& bundles = overheard_[circle.id];
  for (const auto& device : community_.devices) {
    const DeviceId& id = device->author().device;
    const bool is_out = circle.removed.contains(id) && !circle.admitted_again.contains(id);
    if (is_out && !std::binary_search(members.begin(), members.end(), id)) read_as(*device, circle, bundles);
  }
}

void Eavesdropper::read_as(SimDevice& device, const AgreedCircle& circle, const Overheard& bundles) {
  CopiedDisk copy(device);
  auto found = copy.open(device);
  if (!found) {
    if (!device.is_rotten() && !device.is_lost())
      findings_.violated(Invariant::kIntegrity,
                         device.name() + "'s files do not open: " + found.error().message());
    return;
  }
  std::size_t opened = 0;
  for (const auto& [hash, bytes] : bundles) {
    const auto contents = found->read(bytes);
    if (!contents) {
      if (!device.is_rotten() || contents.error().code() != Code::kDamaged)
        findings_.violated(Invariant::kIntegrity, device.name() + ": " + contents.error().message());
      return;
    }
    if (!contents->empty()) ++opened;
    for (const OpenedBundle& content : *contents)
      look_at(device, circle.id, parse_bundle(bytes)->header.author, content);
  }
  findings_.note(device.name() + ", found, opens " + std::to_string(opened) + " of " +
                 std::to_string(bundles.size()) + " bundles");
}

void Eavesdropper::look_at(SimDevice& device, const CircleId& circle, const Author& author,
                           const OpenedBundle& opened) {
  for (const OpenedChange& change : opened.changes) {
    if (change.withheld) continue;
    const LedgerWrite* write = community_.ledger.find(circle, Dot{author, change.number});
    if (write == nullptr || !write->hidden_from.contains(device.author().device)) continue;
    findings_.violated(Invariant::kMembersOnly, device.name() + " reads write " +
                                                    std::to_string(change.number) +
                                                    " of one who knew that it was taken out");
  }
}

}  // namespace thuisbasis::sim
