// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/fuse_watch.h"

#include <algorithm>

namespace thuisbasis::sim {
namespace {

const MassChangeLimit kFuse;
// Well beyond the fuse, for others go on working while an accident travels.
constexpr std::size_t kRecordsMin = 30;
constexpr std::size_t kPercentMin = 75;
static_assert(MassChangeLimit().records_min < kRecordsMin && MassChangeLimit().percent + 10 < kPercentMin);

}  // namespace

/// All that stand in the circle; nothing when a fault struck.
std::optional<std::vector<Record>> FuseWatch::present(SimDevice& device, const CircleId& circle) {
  std::vector<Record> all;
  for (const KindSchema& kind : device.schema().kinds()) {
    auto records = device.vault()->list({kind.number, circle, false, 0});
    if (device.after_call() != SimDevice::Struck::kNothing || !records) return std::nullopt;
    for (Record& record : *records) all.push_back(std::move(record));
  }
  return all;
}

std::vector<Record> FuseWatch::most_of(SimDevice& device, const CircleId& circle) {
  if (accidents_.contains(circle) || community_.ledger.is_disputed(device.author().device)) return {};
  auto all = present(device, circle);
  if (!all || all->size() < kRecordsMin) return {};
  std::vector<Record> chosen;
  for (Record& record : *all) {
    const KindSchema* kind = device.schema().kind(record.kind());
    if (kind->append_only || community_.is_strange(record)) continue;
    // What this device made and did not send yet is new, and may go again.
    const auto state = device.vault()->status(record.id());
    if (device.after_call() != SimDevice::Struck::kNothing || !state) return {};
    if (*state && **state == WriteState::kPending) continue;
    chosen.push_back(std::move(record));
  }
  const bool many = chosen.size() >= kRecordsMin && chosen.size() * 100 >= all->size() * kPercentMin;
  return many ? std::move(chosen) : std::vector<Record>();
}

void FuseWatch::happened(SimDevice& device, const WriteId& write, const std::vector<Record>& records) {
  Accident accident;
  accident.by = device.index();
  accident.dot = {{device.author().device, write.instance}, write.number};
  for (const Record& record : records) accident.records.push_back({write.circle, record.kind(), record.id()});
  std::vector<CircleMember> known;
  if (device.vault() != nullptr) known = device.vault()->members(write.circle).value_or(known);
  device.after_call();
  for (std::size_t index = 0; index < community_.devices.size(); ++index) {
    const DeviceId& other = community_.devices[index]->author().device;
    if (std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.device == other; }))
      accident.told.insert(index);
  }
  // Words of before are not for this.
  std::erase_if(words_, [&](const auto& word) { return word.second == write.circle; });
  accidents_.emplace(write.circle, std::move(accident));
}

bool FuseWatch::is_most(SimDevice& device, const CircleId& circle, std::size_t touched) {
  const auto all = present(device, circle);
  return all && touched * 100 >= (all->size() + touched) * (kFuse.percent + 10);
}

void FuseWatch::look_at(SimDevice& device) {
  for (const auto& [circle, accident] : accidents_) {
    if (device.vault() == nullptr) return;
    look_at(device, circle, accident);
  }
}

void FuseWatch::look_at(SimDevice& device, const CircleId& circle, const Accident& accident) {
  if (words_.contains({device.index(), circle})) return;
  if (community_.ledger.is_disputed(accident.dot.author.device)) return;
  if (device.index() == accident.by) {
    const auto state =
        device.vault()->status(WriteId{circle, accident.dot.number, accident.dot.author.instance});
    if (device.after_call() != SimDevice::Struck::kNothing || !state || *state == WriteState::kPending)
      return;
    if (is_most(device, circle, accident.records.size()))
      findings_.violated(Invariant::kIntent, device.name() + " sent a delete of " +
                                                 std::to_string(accident.records.size()) +
                                                 " records without a person's word");
    return;
  }
  if (!accident.told.contains(device.index())) return;
  const RecordPlace& place = accident.records[dice_.below(accident.records.size())];
  const auto record = device.vault()->get(place.kind, place.record, true);
  if (device.after_call() != SimDevice::Struck::kNothing || !record) return;
  const FieldState* lifecycle = record->base().field(kLifecycleField, Rule::kLifecycle);
  const bool deleted =
      lifecycle != nullptr && std::any_of(lifecycle->entries.begin(), lifecycle->entries.end(),
                                          [&](const Entry& entry) { return entry.dot == accident.dot; });
  if (!deleted) return;
  if (!is_most(device, circle, accident.records.size())) return;
  if (!words_.contains({accident.by, circle}))
    findings_.violated(Invariant::kIntent,
                       device.name() + " shows a delete of most of a circle that no person allowed");
  else if (logs_keep_order_)
    findings_.violated(Invariant::kIntent,
                       device.name() + " applied a delete of most of a circle without a person's word");
}

}  // namespace thuisbasis::sim
