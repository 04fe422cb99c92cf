// SPDX-License-Identifier: EUPL-1.2
// Who did what, what waits for a person, and where each local write stands.
#include <algorithm>
#include <set>

#include "core/vault/rescued_work.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_sealing.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {
namespace {

/// A record, found, with the circle it lives in.
struct Place {
  StoredRecord record;
  StoredCircle circle;
};

Result<Place> place_of(VaultState& state, const RecordId& id) {
  TB_TRY(auto stored, state.store.records.find(id));
  if (!stored) return Error(Code::kNotFound, "no record " + id.text());
  TB_TRY(StoredCircle circle, state.store.circles.get(stored->circle));
  return Place{std::move(*stored), std::move(circle)};
}

/// Calls `visit(change)` for every change of a circle that this device can read, in the order they were
/// applied.
template <typename Visit>
Status for_each_change(VaultState& state, const StoredCircle& circle, Visit visit) {
  const auto visit_bundle = [&](const StoredBundle& bundle) -> Status {
    TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
    for (const Change& change : decode_changes(opened, bundle.author).changes) TB_CHECK(visit(change));
    return {};
  };
  TB_CHECK(for_each_bundle(state, circle, visit_bundle));
  TB_TRY(const std::vector<UnsentChange> pending, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : pending) {
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    TB_CHECK(visit(change));
  }
  return {};
}

/// Under which a device wrote what the record is made of now.
std::set<Dot> dots_of_device(const RecordState& record, const DeviceId& device) {
  std::set<Dot> dots;
  const auto take = [&](const Dot& dot) {
    if (dot.author.device == device) dots.insert(dot);
  };
  take(record.created);
  for (const auto& [key, field] : record.fields)
    for (const Entry& entry : field.entries) take(entry.dot);
  for (const OpaqueOperation& operation : record.opaque) take(operation.dot);
  return dots;
}

bool touches(const Change& change, const RecordId& record) {
  return std::any_of(change.records.begin(), change.records.end(),
                     [&](const RecordChange& one) { return one.record == record; });
}

WriteState state_of(WriteStage stage) {
  switch (stage) {
    case WriteStage::kPending:
      return WriteState::kPending;
    case WriteStage::kSent:
      return WriteState::kSent;
    case WriteStage::kConfirmed:
      return WriteState::kConfirmed;
    case WriteStage::kReturned:
      break;
  }
  return WriteState::kReturned;
}

/// How far from settled; a returned write needs a person and comes first.
int urgency(WriteState state) {
  switch (state) {
    case WriteState::kReturned:
      return 3;
    case WriteState::kPending:
      return 2;
    case WriteState::kSent:
      return 1;
    case WriteState::kConfirmed:
      break;
  }
  return 0;
}

std::optional<ReturnReason> reason_of(std::uint32_t number) {
  const bool known = number >= static_cast<std::uint32_t>(ReturnReason::kMalformed) &&
                     number <= static_cast<std::uint32_t>(ReturnReason::kBadEntry);
  return known ? std::optional(static_cast<ReturnReason>(number)) : std::nullopt;
}

/// A value waits for a person: more than one, under the rule that the schema has for the field.
bool waits(const VaultState& state, std::uint32_t kind, const FieldKey& key, const FieldState& field) {
  if (key.number == kLifecycleField || !in_conflict(field)) return false;
  const KindSchema* known = state.world.schema.kind(kind);
  const FieldSchema* schema = known == nullptr ? nullptr : known->field(key.number);
  return schema == nullptr || static_cast<std::uint8_t>(schema->rule) == key.rule;
}

Conflict field_conflict(VaultState& state, const Place& place, std::uint32_t number,
                        const FieldState& field) {
  Conflict conflict;
  conflict.kind = place.record.state.kind;
  conflict.record = place.record.state.id;
  conflict.circle = place.circle.id;
  conflict.field = number;
  const Entry* winner = shown(&field);
  for (const Entry& entry : field.entries) {
    conflict.candidates.push_back({entry.value, entry.dot, entry.time,
                                   state.author_name(place.circle, entry.dot.author), &entry == winner});
  }
  std::stable_partition(conflict.candidates.begin(), conflict.candidates.end(),
                        [](const Candidate& candidate) { return candidate.shown; });
  return conflict;
}

}  // namespace

Result<std::vector<Conflict>> Vault::conflicts() const {
  VaultState& state = *state_;
  TB_TRY(const std::vector<ConflictedRecord> records, state.store.records.conflicts());
  std::vector<Conflict> conflicts;
  for (const ConflictedRecord& one : records) {
    TB_TRY(auto stored, state.store.records.load_row(one.kind, one.row));
    if (!stored) continue;
    TB_TRY(StoredCircle circle, state.store.circles.get(one.circle));
    const Place place{std::move(*stored), std::move(circle)};
    if (one.deleted_while_edited)
      conflicts.push_back(
          {Conflict::What::kDeletedWhileEdited, one.kind, one.id, place.circle.id, kLifecycleField, {}});
    for (const auto& [key, field] : place.record.state.fields) {
      if (waits(state, one.kind, key, field))
        conflicts.push_back(field_conflict(state, place, key.number, field));
    }
  }
  return conflicts;
}

Result<WriteId> Vault::settle(const RecordId& id, const Settlement& settlement) {
  VaultState& state = *state_;
  TB_TRY(const Record record, find(id, true));
  if (std::holds_alternative<KeepRecord>(settlement)) return restore(record);
  if (std::holds_alternative<DeleteRecord>(settlement)) return erase(record);
  const auto* chosen = std::get_if<KeepCandidate>(&settlement);
  const std::uint32_t number = chosen != nullptr ? chosen->field : std::get<KeepValue>(settlement).field;
  const auto& fields = record.base().fields;
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& one) {
    return one.first.number == number && waits(state, record.kind(), one.first, one.second);
  });
  if (field == fields.end())
    return Error(Code::kNotFound,
                 "field " + std::to_string(number) + " of " + id.text() + " has one value only");
  FieldValue value;
  if (chosen != nullptr) {
    TB_TRY(const Place place, place_of(state, id));
    const Conflict conflict = field_conflict(state, place, number, field->second);
    if (chosen->candidate >= conflict.candidates.size())
      return Error(Code::kInvalidArgument,
                   "there are " + std::to_string(conflict.candidates.size()) + " values");
    value = conflict.candidates[chosen->candidate].value;
  } else {
    value = std::get<KeepValue>(settlement).value;
  }
  RecordEdit edit(record.base(), RecordEdit::Mode::kUpdate);
  TB_CHECK(edit.set(number, static_cast<Rule>(field->second.rule), std::move(value)));
  return commit_edit(record, std::move(edit));
}

Result<std::vector<HistoryEvent>> Vault::history(const RecordId& id) const {
  VaultState& state = *state_;
  TB_TRY(const Place place, place_of(state, id));
  std::vector<HistoryEvent> events;
  TB_CHECK(for_each_change(state, place.circle, [&](const Change& change) -> Status {
    for (const RecordChange& record : change.records) {
      if (record.record != id) continue;
      events.push_back({change.dot, change.time, state.author_name(place.circle, change.dot.author),
                        change.dot.author.device == state.self.device, record.created, record.operations});
    }
    return {};
  }));
  return events;
}

Result<WriteState> Vault::status(const WriteId& write) const {
  TB_TRY(const StoredCircle circle, state_->circle(write.circle));
  const Dot made_as{{state_->self.device, write.instance}, write.number};
  TB_TRY(const Dot goes_on_as, state_->store.log.goes_on_as(circle.row, made_as));
  for (const Dot& dot : {made_as, goes_on_as}) {
    TB_TRY(const bool waits, is_rescued(*state_, circle, dot));
    if (waits) return WriteState::kPending;
  }
  TB_TRY(const WriteStage stage, state_->store.log.stage_of_write(circle.row, made_as));
  return state_of(stage);
}

Result<std::optional<WriteState>> Vault::status(const RecordId& record) const {
  VaultState& state = *state_;
  TB_TRY(const Place place, place_of(state, record));
  std::optional<WriteState> least;
  const auto count = [&](WriteState now) {
    if (!least || urgency(now) > urgency(*least)) least = now;
  };
  for (const Dot& dot : dots_of_device(place.record.state, state.self.device)) {
    const auto stage = state.store.log.stage(place.circle.row, dot.author, dot.number);
    // A repaired vault can show a write whose bundle it waits for.
    if (!stage && stage.error().code() != Code::kNotFound) return stage.error();
    count(stage ? state_of(*stage) : WriteState::kSent);
  }
  // Some operations leave nothing in a record that says who made them: a removal, a restoring.
  TB_TRY(const std::vector<UnsentChange> pending, state.store.log.all_unsent(place.circle.row));
  for (const UnsentChange& one : pending) {
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    if (touches(change, record)) count(WriteState::kPending);
  }
  TB_CHECK(for_each_unsettled(state, place.circle, [&](const StoredBundle& bundle) -> Status {
    TB_TRY(const OpenedBundle opened, open_stored(state, place.circle, bundle));
    for (const Change& change : decode_changes(opened, bundle.author).changes)
      if (touches(change, record)) count(WriteState::kSent);
    return {};
  }));
  TB_TRY(const std::vector<ReturnedChange> returned, state.store.log.returned());
  for (const ReturnedChange& one : returned) {
    if (one.circle != place.circle.row) continue;
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    if (touches(change, record)) count(WriteState::kReturned);
  }
  return least;
}

Result<std::vector<ReturnedWrite>> Vault::returned() const {
  TB_TRY(std::vector<ReturnedChange> changes, state_->store.log.returned());
  std::vector<ReturnedWrite> writes;
  for (ReturnedChange& change : changes) {
    TB_TRY(const StoredCircle circle, state_->store.circles.get(change.circle));
    writes.push_back({circle.id, change.number, reason_of(change.reason), change.reason, change.at,
                      std::move(change.bytes)});
  }
  return writes;
}

}  // namespace thuisbasis
