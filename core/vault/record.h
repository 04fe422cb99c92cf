// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/merge/record_state.h"
#include "core/schema/schema.h"

namespace thuisbasis {

/// A record as it was read, with its base: the exact dots a later save may replace. A form that stood open
/// during a sync therefore overwrites nothing. A plain value; keep it as long as the form is open.
class Record final {
 public:
  Record() = default;
  Record(CircleId circle, RecordState base, Presence presence, bool stored, const InstanceId& read_as = {})
      : circle_(circle), base_(std::move(base)), presence_(presence), stored_(stored), read_as_(read_as) {}

  const RecordId& id() const { return base_.id; }
  std::uint32_t kind() const { return base_.kind; }
  const CircleId& circle() const { return circle_; }
  const RecordState& base() const { return base_; }
  /// False for a record that was only prepared and never saved.
  bool stored() const { return stored_; }
  Presence presence() const { return presence_; }
  /// The vault's instance when it was read: a later one may know own dots of the base under other names.
  const InstanceId& read_as() const { return read_as_; }

  /// Fills `message` with the shown values, unknown fields kept. kInvalidArgument for a message of another
  /// kind.
  Status read_into(google::protobuf::Message& message, const KindSchema& kind) const;

 private:
  CircleId circle_;
  RecordState base_;
  Presence presence_ = Presence::kPresent;
  bool stored_ = false;
  InstanceId read_as_;
};

}  // namespace thuisbasis
