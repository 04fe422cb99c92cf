// SPDX-License-Identifier: EUPL-1.2
// Reading and writing records.
#include <google/protobuf/message.h>

#include "core/schema/record_codec.h"
#include "core/store/search.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {
namespace {

RecordEdit::Mode mode_of(const KindSchema& kind, bool stored) {
  if (kind.append_only) return RecordEdit::Mode::kAppendOnly;
  return stored ? RecordEdit::Mode::kUpdate : RecordEdit::Mode::kCreate;
}

Result<const KindSchema*> known_kind(const Schema& schema, std::uint32_t number) {
  const KindSchema* kind = schema.kind(number);
  if (kind == nullptr) return Error(Code::kUnknownKind, "record kind " + std::to_string(number));
  return kind;
}

/// A deleted record is brought back by restore(), on purpose, and not by an edit in passing.
Status check_present(const Record& record) {
  if (record.presence() != Presence::kDeleted) return {};
  return Error(Code::kNotFound, "record " + record.id().text() + " was deleted: restore it first");
}

Presence presence_of(const Schema& schema, const RecordState& state) {
  const KindSchema* kind = schema.kind(state.kind);
  return presence(state, kind != nullptr && kind->append_only);
}

Result<Record> opened_record(VaultState& state, std::optional<StoredRecord> stored, const RecordId& id,
                             bool even_deleted) {
  if (!stored) return Error(Code::kNotFound, "no record " + id.text());
  const Presence present = presence_of(state.world.schema, stored->state);
  if (!even_deleted && present == Presence::kDeleted)
    return Error(Code::kNotFound, "record " + id.text() + " was deleted");
  TB_TRY(const CircleId circle, state.store.circles.id_of(stored->circle));
  return Record(circle, std::move(stored->state), present, true, state.self.instance);
}

}  // namespace

Status VaultState::check_base(const Record& record) const {
  if (record.read_as() == self.instance || !record.stored()) return {};
  TB_TRY(const StoredCircle stored, circle(record.circle()));
  const auto check = [&](const Dot& dot) -> Status {
    if (dot.author.device != self.device) return {};
    TB_TRY(const bool moved, store.log.is_reissued(stored.row, dot));
    if (!moved) return {};
    return Error(
        Code::kConflict,
        "this vault turned out to be a copy while the record stood open: read it again, and repeat the "
        "change");
  };
  for (const auto& [key, field] : record.base().fields)
    for (const Entry& entry : field.entries) TB_CHECK(check(entry.dot));
  for (const OpaqueOperation& kept : record.base().opaque) TB_CHECK(check(kept.dot));
  return {};
}

Status VaultState::check_member(const CircleId& id) {
  const MemberCircle* members = opened_circles.find(id);
  if (members == nullptr) {
    TB_TRY(const StoredCircle stored, circle(id));
    TB_TRY(members, member_circle(stored));
  }
  if (members->is_member() || members->log().former_member(self.device) == nullptr) return {};
  return Error(Code::kNotMember,
               "this device was removed from the circle: what is written there would reach nobody");
}

Result<Frontier> VaultState::newly_seen(CircleRow row, const Frontier& frontier) const {
  Frontier fresh;
  if (frontier.numbers().size() <= 1 && frontier.at(self) != 0) return fresh;
  TB_TRY(const Frontier told, store.circles.seen_by(row, self));
  for (const auto& [author, number] : frontier.numbers()) {
    if (author != self && number > told.at(author)) fresh.raise(author, number);
  }
  return fresh;
}

Result<NextChange> VaultState::next_change(const CircleId& circle_id, std::vector<RecordChange> records,
                                           std::optional<WallMs> at) {
  TB_TRY(const auto found, store.circles.find_state(circle_id));
  if (!found) return no_circle(circle_id);
  TB_CHECK(check_member(circle_id));
  NextChange next;
  next.circle = *found;
  TB_TRY(next.frontier, store.circles.frontier(next.circle.row));
  Change& change = next.change;
  change.dot = {self, next.frontier.at(self) + 1};
  const WallMs now = world.clock.wall_ms();
  change.time = next_time(next.circle.time, at ? std::min(*at, now) : now);
  TB_TRY(change.seen, newly_seen(next.circle.row, next.frontier));
  change.records = std::move(records);
  if (!next.frontier.covers(dependencies(change)))
    return Error(
        Code::kConflict,
        "what this change replaces is not here any more: read the record again, and repeat the change");
  TB_TRY(next.bytes, encode_change(change));
  if (next.bytes.size() > kSavedBytesMax || !sealer.fits(next.bytes))
    return Error(Code::kTooLarge,
                 "one save of " + std::to_string(next.bytes.size()) +
                     " bytes is too large to be sent: split it, or move what is large elsewhere");
  return next;
}

Result<WriteId> VaultState::write(const CircleId& circle_id, std::vector<RecordChange> records,
                                  std::optional<WallMs> at) {
  TB_CHECK(require_identity());
  // First, so that all that is read is read in one transaction.
  TB_TRY(WorkUnit unit, WorkUnit::begin(*this));
  const Result<NextChange> next = next_change(circle_id, std::move(records), at);
  if (!next) {
    unit.leave();
    return next.error();
  }
  TB_TRY(const Applied applied,
         store.applier.apply_local(next->circle, next->frontier, next->change, next->bytes));
  announce(circle_id, applied, true);
  TB_CHECK(unit.commit());
  return WriteId{circle_id, next->change.dot.number, self.instance};
}

Result<WriteId> Vault::write(const CircleId& circle, std::vector<RecordChange> records,
                             std::optional<WallMs> at) {
  return state_->write(circle, std::move(records), at);
}

Status Record::read_into(google::protobuf::Message& message, const KindSchema& kind) const {
  if (kind.number != base_.kind || message.GetDescriptor() != kind.descriptor)
    return Error(Code::kInvalidArgument, "a " + kind.name + " cannot be read as a " + message.GetTypeName());
  fill(base_, kind, message);
  return {};
}

Status Vault::read(const Record& record, google::protobuf::Message& message) const {
  TB_TRY(const KindSchema* kind, known_kind(state_->world.schema, record.kind()));
  return record.read_into(message, *kind);
}

Result<Record> Vault::get(std::uint32_t kind, const RecordId& id, bool even_deleted) const {
  VaultState& state = *state_;
  TB_TRY(auto stored, state.store.records.load(kind, id));
  return opened_record(state, std::move(stored), id, even_deleted);
}

Result<Record> Vault::find(const RecordId& id, bool even_deleted) const {
  VaultState& state = *state_;
  TB_TRY(auto stored, state.store.records.find(id));
  return opened_record(state, std::move(stored), id, even_deleted);
}

Result<std::vector<Record>> Vault::list(const ListFilter& filter) const {
  VaultState& state = *state_;
  RecordQuery query;
  query.kind = filter.kind;
  query.deleted = filter.even_deleted ? Deleted::kInclude : Deleted::kLeaveOut;
  query.limit = filter.limit;
  if (filter.circle) {
    TB_TRY(const StoredCircle circle, state.circle(*filter.circle));
    query.circle = circle.row;
  }
  TB_TRY(const std::vector<StoredCircle> circles, state.store.circles.all());
  std::map<CircleRow, CircleId> ids;
  for (const StoredCircle& circle : circles) ids.emplace(circle.row, circle.id);
  TB_TRY(std::vector<StoredRecord> stored, state.store.records.list(query));
  std::vector<Record> records;
  records.reserve(stored.size());
  for (StoredRecord& one : stored) {
    const Presence present = presence_of(state.world.schema, one.state);
    records.emplace_back(ids.at(one.circle), std::move(one.state), present, true, state.self.instance);
  }
  return records;
}

Result<std::vector<std::uint32_t>> Vault::kinds_without_name() const {
  return state_->store.records.kinds_without_name();
}

Result<std::vector<SearchHit>> Vault::search(std::string_view words, std::size_t limit) const {
  VaultState& state = *state_;
  TB_TRY(std::vector<TextHit> found,
         search_text(state.connection, state.world.schema, {words, {}, std::nullopt, limit}));
  std::vector<SearchHit> hits;
  for (TextHit& hit : found) {
    TB_TRY(const CircleId circle, state.store.circles.id_of(hit.circle));
    hits.push_back({hit.kind, hit.id, circle, std::move(hit.snippet)});
  }
  return hits;
}

Result<SqlAnswer> Vault::query(std::string_view sql) const {
  TB_TRY(sqlite::Statement statement, state_->store.sql.prepare(sql));
  SqlAnswer answer;
  for (int column = 0; column < statement.columns(); ++column)
    answer.columns.emplace_back(statement.column_name(column));
  for (;;) {
    TB_TRY(const bool row, statement.step());
    if (!row) return answer;
    std::vector<std::optional<std::string>>& values = answer.rows.emplace_back();
    for (int column = 0; column < statement.columns(); ++column) {
      if (statement.is_null(column))
        values.emplace_back();
      else if (statement.column_type(column) == sqlite::kBlobType)
        values.emplace_back(to_base64url(statement.blob(column)));
      else
        values.emplace_back(std::string(statement.text(column)));
    }
  }
}

Result<Record> Vault::prepare(std::uint32_t kind, const CircleId& circle) {
  return prepare(kind, circle, random_id<RecordId>(state_->world.random));
}

Result<Record> Vault::prepare(std::uint32_t kind, const CircleId& circle, const RecordId& id) {
  VaultState& state = *state_;
  TB_TRY(const KindSchema* known, known_kind(state.world.schema, kind));
  TB_TRY(const StoredCircle stored, state.circle(circle));
  TB_TRY(const auto present, state.store.records.load(stored.row, kind, id));
  if (present) return Error(Code::kAlreadyExists, "a " + known->name + " " + id.text() + " exists already");
  RecordState base;
  base.kind = kind;
  base.id = id;
  return Record(circle, std::move(base), Presence::kPresent, false, state.self.instance);
}

Result<WriteId> Vault::save(const Record& record, const google::protobuf::Message& message) {
  TB_TRY(const KindSchema* kind, known_kind(state_->world.schema, record.kind()));
  TB_CHECK(check_present(record));
  if (message.GetDescriptor() != kind->descriptor)
    return Error(Code::kInvalidArgument,
                 "a " + message.GetTypeName() + " cannot be saved as a " + kind->name);
  RecordEdit edit(record.base(), mode_of(*kind, record.stored()));
  TB_CHECK(diff(*kind, message, edit));
  return commit_edit(record, std::move(edit));
}

Result<WriteId> Vault::commit_edit(const Record& record, RecordEdit edit) {
  TB_CHECK(state_->check_base(record));
  if (edit.empty()) return WriteId{record.circle(), 0, state_->self.instance};
  std::vector<RecordChange> changes;
  changes.push_back(std::move(edit).take());
  return state_->write(record.circle(), std::move(changes), {});
}

Result<WriteId> Vault::assign(const Record& record, const std::vector<std::string>& assignments) {
  TB_TRY(const KindSchema* kind, known_kind(state_->world.schema, record.kind()));
  TB_CHECK(check_present(record));
  RecordEdit edit(record.base(), mode_of(*kind, record.stored()));
  for (const std::string& assignment : assignments) TB_CHECK(thuisbasis::assign(*kind, assignment, edit));
  return commit_edit(record, std::move(edit));
}

Result<WriteId> Vault::erase(const Record& record) {
  const KindSchema* kind = state_->world.schema.kind(record.kind());
  if (kind != nullptr && kind->append_only)
    return Error(Code::kImmutable, "a " + kind->name + " is never deleted: write a correction instead");
  RecordEdit edit(record.base(), RecordEdit::Mode::kUpdate);
  TB_CHECK(edit.erase());
  return commit_edit(record, std::move(edit));
}

Result<WriteId> Vault::restore(const Record& record) {
  RecordEdit edit(record.base(), RecordEdit::Mode::kUpdate);
  TB_CHECK(edit.restore());
  return commit_edit(record, std::move(edit));
}

Result<Record> Vault::share(const Record& record, const CircleId& to) {
  VaultState& state = *state_;
  TB_TRY(const KindSchema* kind, known_kind(state.world.schema, record.kind()));
  TB_CHECK(check_present(record));
  if (record.circle() == to) return Error(Code::kInvalidArgument, "the record is in that circle already");
  TB_TRY(const Record copy, prepare(record.kind(), to));
  RecordEdit edit(copy.base(), mode_of(*kind, false));
  const auto message = to_message(record.base(), *kind);
  // What this version has no name for was never shown to the person who shares: it stays where it is.
  message->DiscardUnknownFields();
  TB_CHECK(diff(*kind, *message, edit));
  TB_CHECK(edit.set_origin({record.circle(), record.id()}));
  TB_TRY(const WriteId written, commit_edit(copy, std::move(edit)));
  (void)written;
  return get(copy.kind(), copy.id());
}

}  // namespace thuisbasis
