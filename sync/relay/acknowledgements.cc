// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/acknowledgements.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kDeviceWeight = 16;

}  // namespace

void Acknowledgements::put(const DeviceId& device, Known known) {
  const std::size_t weight = kDeviceWeight + known.acknowledged.items().size() + known.offered.items().size();
  known_.put(device, std::move(known), weight);
}

Result<Acknowledgements::Known*> Acknowledgements::find(const DeviceId& device) {
  if (Known* known = known_.find(device)) return known;
  TB_TRY(auto stored, storage_.cursors(device));
  Known known;
  if (stored) known.acknowledged = *stored;
  known.offered = known.acknowledged;
  put(device, std::move(known));
  return known_.find(device);
}

Result<bool> Acknowledgements::acknowledge(const DeviceId& device, std::span<const CircleCursor> cursors,
                                           bool all, const Sha256Digest& hash) {
  TB_TRY(const Known* known, find(device));
  const auto with_changes = [&cursors](CursorVector vector) {
    for (const CircleCursor& cursor : cursors) vector.set(cursor.circle, cursor.sequence);
    return vector;
  };
  if (all) {
    CursorVector vector = with_changes({});
    if (vector.hash() != hash) return false;
    adopt(device, std::move(vector));
    return true;
  }
  for (const CursorVector* base : {&known->acknowledged, &known->offered}) {
    CursorVector vector = with_changes(*base);
    if (vector.hash() != hash) continue;
    if (vector != known->acknowledged) adopt(device, std::move(vector));
    return true;
  }
  return false;
}

Result<CursorVector> Acknowledgements::of(const DeviceId& device) {
  TB_TRY(const Known* known, find(device));
  return known->acknowledged;
}

void Acknowledgements::adopt(const DeviceId& device, CursorVector vector) {
  if (unsaved_.size() >= kUnsavedMax) unsaved_.erase(unsaved_.begin());
  unsaved_.insert(device);
  put(device, Known{vector, vector});
}

void Acknowledgements::offer(const DeviceId& device, CursorVector delivered) {
  Known* known = known_.find(device);
  if (known == nullptr || known->offered == delivered) return;
  CursorVector acknowledged = std::move(known->acknowledged);
  put(device, Known{std::move(acknowledged), std::move(delivered)});
}

Status Acknowledgements::save(RelayWrite& write) {
  for (const DeviceId& device : unsaved_)
    if (const Known* known = known_.find(device)) TB_CHECK(write.put_cursors(device, known->acknowledged));
  return {};
}

}  // namespace thuisbasis
