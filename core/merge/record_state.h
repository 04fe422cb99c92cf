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

/// A field under a rule. A field number never changes its rule; where someone writes it under another rule
/// all the same, that is kept apart, on every device alike, and only what stands under the schema's rule is
/// shown.
struct FieldKey {
  std::uint32_t number = 0;
  std::uint8_t rule = 0;
  friend auto operator<=>(const FieldKey&, const FieldKey&) = default;
};

/// All surviving entries of one field, at least one, sorted by dot (then value, then removed).
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
  kRuleChanged,  ///< the field is written under another rule too: kept apart
};

/// The merged state of one record: what digests cover and typed rows are projected from. A plain value; no
/// rule depends on the order of arrival as long as a change comes after what it has seen.
struct RecordState {
  std::uint32_t kind = 0;
  RecordId id;
  std::optional<Origin> origin;
  Dot created;  ///< the creating change that stands: of several the lowest by (time, dot)
  HybridTime created_time;
  std::map<FieldKey, FieldState> fields;  ///< none without entries; field 0 holds deletions
  std::vector<OpaqueOperation> opaque;    ///< sorted by dot, those of one change in its order

  bool exists() const { return kind != 0; }  ///< false for a state no change was applied to
  /// Null when the field has no entry under this rule.
  const FieldState* field(std::uint32_t number, Rule rule) const;
  friend bool operator==(const RecordState&, const RecordState&) = default;
};

/// Applies one record's part of a change to the state of the record of that kind and id (or to one that does
/// not exist() yet). Each change once, after its dependencies(). `effective` is the change's effective time.
/// `append_only` is the kind's flag where the kind is known, false otherwise; it only adds remarks, since
/// devices that do not know the kind must come to the same state. Returns remarks for operations that were
/// not merged as meant, by position in `change.operations`; empty when all were.
std::vector<MergeRemark> apply(RecordState& state, const RecordChange& change, const Dot& dot,
                               HybridTime effective, bool append_only);

/// How a record appears.
enum class Presence : std::uint8_t {
  kPresent,
  kDeleted,
  kDeletedWhileEdited,  ///< present, and a person should settle whether it stays
};
/// Records of an append-only kind are always present: their deletions are kept and mean nothing.
Presence presence(const RecordState& state, bool append_only);

/// The shown entry of a register-like field (kRegister, kText, kOnce, kMin, kMax): the highest by (effective
/// time, author, number). Null for a null field.
const Entry* shown(const FieldState* field);
/// Different concurrent values in a kRegister or kText field. Several people writing the same is no conflict.
bool in_conflict(const FieldState& field);
/// The elements that are in a set (or in a repeated kOnce field), sorted, without duplicates.
std::vector<FieldValue> elements(const FieldState& field);
/// The sum of a counter, clamped to 64 bits.
std::int64_t total(const FieldState& field);

/// The record's canonical bytes: equal states have equal bytes on every device, whatever their order of
/// arrival.
Bytes canonical_bytes(const RecordState& state);
/// SHA-256 over canonical_bytes, label "thuisbasis/1/row".
Sha256Digest row_hash(const RecordState& state);

/// A circle's state digest: the sum of its row hashes modulo 2^256 (little-endian), kept incrementally.
void add_row(StateDigest& digest, const Sha256Digest& row);
void remove_row(StateDigest& digest, const Sha256Digest& row);

}  // namespace thuisbasis
