// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <vector>

#include "core/merge/operation.h"

namespace thuisbasis {

/// One surviving value of a field.
struct Entry {
  Dot dot;
  HybridTime time;  ///< effective: the lesser of the change's own and its bundle's signed time
  FieldValue value;
  bool removed = false;
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// All surviving entries of one field, sorted by dot (then value, then removed).
struct FieldState {
  std::uint8_t rule = 0;
  std::vector<Entry> entries;
  friend bool operator==(const FieldState&, const FieldState&) = default;
};

/// An operation under a rule that this version does not know, kept verbatim.
struct OpaqueOperation {
  Dot dot;
  HybridTime time;
  Operation operation;
  friend bool operator==(const OpaqueOperation&, const OpaqueOperation&) = default;
};

/// What became of an operation that was not merged as its author meant it.
enum class MergeRemark : std::uint8_t {
  kNone,
  kImmutable,    ///< a ONCE field or an append-only record was changed after its creation: ignored
  kUnknownRule,  ///< kept, not understood
  kRuleChanged,  ///< the field is known under another rule: ignored
};

/// The merged state of one record: what digests cover and typed rows are projected from. A plain value; no rule
/// depends on the order of arrival as long as a change comes after what it has seen.
struct RecordState {
  std::uint32_t kind = 0;
  RecordId id;
  std::optional<Origin> origin;
  Dot created;  ///< the creating change that stands: of several the lowest by (time, dot)
  HybridTime created_time;
  std::map<std::uint32_t, FieldState> fields;  ///< field 0 holds deletions
  std::vector<OpaqueOperation> opaque;         ///< sorted by dot

  friend bool operator==(const RecordState&, const RecordState&) = default;
};

/// Applies one record's part of a change. `effective` is the change's effective time. `append_only` is the kind's
/// flag where the kind is known, false otherwise. Returns remarks for operations that were not merged as meant, by
/// position in `change.operations`; empty when all were.
std::vector<MergeRemark> apply(RecordState& state, const RecordChange& change, const Dot& dot, HybridTime effective,
                               bool append_only);

/// How a record appears.
enum class Presence : std::uint8_t {
  kPresent,
  kDeleted,
  kDeletedWhileEdited,  ///< present, and a person should settle whether it stays
};
Presence presence(const RecordState& state);

/// The shown entry of a register-like field (kRegister, kText, kOnce, kMin, kMax); null when there is none.
const Entry* shown(const FieldState& field);
/// More than one concurrent value in a register-like field.
bool in_conflict(const FieldState& field);
/// The elements that are in a set, sorted, without duplicates.
std::vector<FieldValue> elements(const FieldState& field);
/// The sum of a counter, clamped to 64 bits.
std::int64_t total(const FieldState& field);

/// The record's canonical bytes: equal states have equal bytes on every device, whatever their order of arrival.
Bytes canonical_bytes(const RecordState& state);
/// SHA-256 over canonical_bytes, label "thuisbasis/1/row".
Sha256Digest row_hash(const RecordState& state);

/// A circle's state digest: the sum of its row hashes modulo 2^256 (little-endian), kept incrementally.
void add_row(StateDigest& digest, const Sha256Digest& row);
void remove_row(StateDigest& digest, const Sha256Digest& row);

}  // namespace thuisbasis
