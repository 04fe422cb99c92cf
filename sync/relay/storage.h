// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/ids.h"
#include "core/verify/log_mark.h"
#include "sync/relay/cursor_vector.h"

namespace thuisbasis {

/// What the relay keeps of a circle beside its log.
struct CircleSummary {
  std::uint64_t head = 0;     ///< sequence of the newest item; 0: none
  std::uint64_t bytes = 0;    ///< of all bodies in the log and archive wraps, for the quota
  std::uint32_t entries = 0;  ///< membership entries in the log: the next one's index
  LogMark mark;               ///< at the head
  friend bool operator==(const CircleSummary&, const CircleSummary&) = default;
};

/// Where a circle's log ends.
struct CircleHead {
  CircleId circle;
  std::uint64_t sequence = 0;
  LogMark mark;
  friend bool operator==(const CircleHead&, const CircleHead&) = default;
};

/// Where an author's changes end in a circle.
struct RelayedHead {
  std::uint64_t number = 0;
  ChainValue chain;
  friend bool operator==(const RelayedHead&, const RelayedHead&) = default;
};

/// Of one instance of a device.
struct InstanceHead {
  InstanceId instance;
  RelayedHead head;
  friend bool operator==(const InstanceHead&, const InstanceHead&) = default;
};

/// What a receipt says about a bundle that the log holds.
struct RelayedBundle {
  std::uint64_t sequence = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue chain;
  std::size_t size = 0;  ///< of its bytes
  friend bool operator==(const RelayedBundle&, const RelayedBundle&) = default;
};

struct StoredEntry {
  std::uint64_t sequence = 0;
  Bytes signed_entry;
  friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};

/// A membership entry whose checks are done.
struct NewLogEntry {
  CircleId circle;
  std::uint32_t index = 0;
  Sha256Digest hash;
  ByteView signed_entry;
};

/// A bundle whose checks are done.
struct NewBundle {
  CircleId circle;
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue chain;
  ByteView sealed;
};

/// One item of a circle's log. The body is valid during the visit only.
struct LogItem {
  enum class Kind : std::uint8_t { kEntry = 1, kBundle = 2 };
  Kind kind = Kind::kBundle;
  std::uint64_t sequence = 0;
  ByteView body;
};
/// Returns false to stop before this item.
using LogVisitor = std::function<bool(const LogItem&)>;

/// One commit group under construction. Everything in it becomes durable together at commit(), or nothing
/// does: going out of scope without a successful commit undoes it all, sequence numbers included. After an
/// error of any call only destruction is left.
class RelayWrite {
 public:
  virtual ~RelayWrite() = default;

  /// Appends a membership entry and returns its sequence. Index 0 founds the circle; kConflict when the index
  /// is not the next one.
  virtual Result<std::uint64_t> append_entry(const NewLogEntry& entry) = 0;
  /// Appends a bundle, moves its author's head and returns its sequence. kNotFound without the circle,
  /// kConflict when it does not continue the author's numbers.
  virtual Result<std::uint64_t> append_bundle(const NewBundle& bundle) = 0;
  virtual Status put_member(const CircleId& circle, const DeviceId& device) = 0;  ///< idempotent
  /// The device reads the log to its newest item and no further, until it is put in again.
  virtual Status end_member(const CircleId& circle, const DeviceId& device) = 0;
  virtual Status put_archive_wrap(const CircleId& circle, std::uint32_t epoch, ByteView wrap) = 0;
  virtual Status delete_archive_wraps(const CircleId& circle) = 0;
  /// Keeps a device's certificate, in place of an earlier one.
  virtual Status put_certificate(const DeviceId& device, ByteView signed_certificate) = 0;
  /// Keeps the vector that the device acknowledged, in place of an earlier one.
  virtual Status put_cursors(const DeviceId& device, const CursorVector& cursors) = 0;
  /// A new incarnation of the relay: all acknowledged vectors are forgotten with it.
  virtual Status renew_epoch(const RelayEpoch& epoch) = 0;

  /// Returns when everything is on stable storage.
  virtual Status commit() = 0;
};

/// The relay's memory: per circle an append-only log with one dense sequence for membership entries and
/// bundles, and what is needed to check and answer without reading it all. The shared contract is
/// tests/sync/relay/storage_contract.h, which platform/relay_storage and the tests' memory double both pass.
///
/// One thread. Readings see the write that is open, so that the items of one group can build on each other.
/// Absence is std::nullopt; an Error means that the storage itself failed (kIo, kDiskFull, kDamaged).
class RelayStorage {
 public:
  virtual ~RelayStorage() = default;

  virtual Result<RelayEpoch> epoch() = 0;
  virtual Result<std::optional<CircleSummary>> circle(const CircleId& circle) = 0;
  virtual Result<std::optional<StoredEntry>> entry(const CircleId& circle, std::uint32_t index) = 0;
  virtual Result<std::optional<RelayedHead>> author_head(const CircleId& circle, const Author& author) = 0;
  /// The same of every instance of a device, sorted.
  virtual Result<std::vector<InstanceHead>> heads_of(const CircleId& circle, const DeviceId& device) = 0;
  /// The stored bundle whose last change has this number.
  virtual Result<std::optional<RelayedBundle>> bundle_ending_at(const CircleId& circle, const Author& author,
                                                                std::uint64_t last) = 0;
  /// What stands for the log up to this sequence; none beyond its head. Zeros at 0.
  virtual Result<std::optional<LogMark>> mark_at(const CircleId& circle, std::uint64_t sequence) = 0;
  /// Visits the log's items above `after` in sequence order.
  virtual Status read_since(const CircleId& circle, std::uint64_t after, const LogVisitor& visit) = 0;
  /// The circles that the device is or was a member of, sorted by id; with their heads, or where its
  /// membership ended.
  virtual Result<std::vector<CircleHead>> circles_of(const DeviceId& device) = 0;
  /// The devices in a circle, sorted.
  virtual Result<std::vector<DeviceId>> members_of(const CircleId& circle) = 0;
  virtual Result<std::optional<Bytes>> archive_wrap(const CircleId& circle, std::uint32_t epoch) = 0;
  virtual Result<std::optional<Bytes>> certificate(const DeviceId& device) = 0;
  virtual Result<std::optional<CursorVector>> cursors(const DeviceId& device) = 0;

  /// At most one write is open at a time.
  virtual Result<std::unique_ptr<RelayWrite>> begin() = 0;
  /// Writes and syncs a few bytes: proof that a push could be made durable now.
  virtual Status probe() = 0;
};

}  // namespace thuisbasis
