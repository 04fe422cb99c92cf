// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <set>
#include <span>

#include "sync/relay/cursor_vector.h"
#include "sync/relay/lru_map.h"
#include "sync/relay/storage.h"

namespace thuisbasis {

/// How far each device says it is. A device names its whole vector by a hash; the relay compares with what it
/// acknowledged last, and also with what the last answer would bring it to, so that a held request can follow
/// another without naming a single circle.
///
/// Only a shortcut: whatever is lost here (by a crash, by the limit) costs one round in which the device
/// sends its whole vector. So nothing waits for it to be durable; it is saved about once a second, with a
/// commit group where one is under way. One thread.
class Acknowledgements final {
 public:
  explicit Acknowledgements(RelayStorage& storage) : storage_(storage) {}

  /// Takes in what a device says: changed positions, or with `all` the whole vector. True when the vector
  /// then has this hash; false changes nothing and means that the device must send everything.
  Result<bool> acknowledge(const DeviceId& device, std::span<const CircleCursor> cursors, bool all,
                           const Sha256Digest& hash);
  /// The device has nothing yet.
  void start_afresh(const DeviceId& device) { adopt(device, CursorVector()); }
  /// The vector as last acknowledged.
  Result<CursorVector> of(const DeviceId& device);
  /// What an answer on its way brings the device to.
  void offer(const DeviceId& device, CursorVector delivered);

  bool has_unsaved() const { return !unsaved_.empty(); }
  Status save(RelayWrite& write);     ///< within a commit group
  void saved() { unsaved_.clear(); }  ///< after its commit

 private:
  static constexpr std::size_t kWeightMax = 400'000;  // cursors: some 20 MB
  static constexpr std::size_t kUnsavedMax = 16'384;
  struct Known {
    CursorVector acknowledged;
    CursorVector offered;
  };
  Result<Known*> find(const DeviceId& device);
  void adopt(const DeviceId& device, CursorVector vector);
  void put(const DeviceId& device, Known known);

  RelayStorage& storage_;
  LruMap<DeviceId, Known> known_{kWeightMax};
  std::set<DeviceId> unsaved_;
};

}  // namespace thuisbasis
