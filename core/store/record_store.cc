// SPDX-License-Identifier: EUPL-1.2
#include "core/store/record_store.h"

#include <iterator>

#include "core/store/record_table.h"
#include "core/store/row_access.h"
#include "core/store/schema_names.h"
#include "core/store/unknown_table.h"

namespace thuisbasis {
namespace {

/// How many rows are decoded at once where all of a table are read.
constexpr std::size_t kPageRows = 256;

}  // namespace

RecordStore::RecordStore(sqlite::Connection& connection, const Schema& schema, AuthorIndex& authors)
    : connection_(connection), unknown_(std::make_unique<UnknownTable>(connection, authors)) {
  for (const KindSchema& kind : schema.kinds())
    tables_.push_back(std::make_unique<RecordTable>(connection, kind, authors));
}
RecordStore::~RecordStore() = default;

RecordTable* RecordStore::table(std::uint32_t kind) {
  for (const auto& table : tables_)
    if (table->kind().number == kind) return table.get();
  return nullptr;
}

Result<std::optional<StoredRecord>> RecordStore::load(CircleRow circle, std::uint32_t kind,
                                                      const RecordId& id) {
  RecordTable* known = table(kind);
  return known != nullptr ? known->load(circle, id) : unknown_->load(circle, kind, id);
}

Result<std::optional<StoredRecord>> RecordStore::load(std::uint32_t kind, const RecordId& id) {
  RecordTable* known = table(kind);
  return known != nullptr ? known->load(id) : unknown_->load(kind, id);
}

Result<std::optional<StoredRecord>> RecordStore::load_row(std::uint32_t kind, std::int64_t row) {
  RecordTable* known = table(kind);
  return known != nullptr ? known->load_row(row) : unknown_->load_row(row);
}

Result<std::optional<StoredRecord>> RecordStore::find(const RecordId& id) {
  for (const auto& known : tables_) {
    TB_TRY(std::optional<StoredRecord> found, known->load(id));
    if (found) return found;
  }
  return unknown_->find(id);
}

Result<std::vector<StoredRecord>> RecordStore::list(const RecordQuery& query) {
  RecordTable* known = table(query.kind);
  return known != nullptr ? known->list(query) : unknown_->list(query);
}

Result<std::vector<std::uint32_t>> RecordStore::kinds_without_name() { return unknown_->kinds(); }

Result<std::int64_t> RecordStore::write(CircleRow circle, const RecordState& state,
                                        const StoredRecord* before) {
  RecordTable* known = table(state.kind);
  if (before == nullptr)
    return known != nullptr ? known->insert(circle, state) : unknown_->insert(circle, state);
  if (before->circle != circle || before->state.id != state.id || before->state.kind != state.kind)
    return Error(Code::kInvalidArgument, "a record stays itself, in its circle");
  if (before->state == state) return before->row;
  TB_CHECK(known != nullptr ? known->update(state, *before) : unknown_->update(state, before->row));
  return before->row;
}

Result<std::vector<RecordPlace>> RecordStore::erase_circle(CircleRow circle) {
  std::vector<RecordPlace> erased;
  for (const auto& known : tables_) {
    const RecordQuery query{known->kind().number, circle, Deleted::kInclude, 0, kPageRows};
    for (;;) {
      TB_TRY(const std::vector<StoredRecord> page, known->list(query));
      for (const StoredRecord& record : page) {
        TB_CHECK(known->erase(record));
        const bool deleted = presence(record.state, known->kind().append_only) == Presence::kDeleted;
        erased.push_back({record.state.kind, record.state.id, deleted});
      }
      if (page.size() < kPageRows) break;
    }
  }
  TB_TRY(const std::vector<StoredRecord> rest, unknown_->in_circle(circle));
  for (const StoredRecord& record : rest) {
    TB_CHECK(unknown_->erase(record.row));
    erased.push_back(
        {record.state.kind, record.state.id, presence(record.state, false) == Presence::kDeleted});
  }
  return erased;
}

Result<std::vector<ConflictedRecord>> RecordStore::conflicts(std::optional<CircleRow> circle) {
  std::vector<ConflictedRecord> all;
  for (const auto& known : tables_) {
    TB_TRY(std::vector<ConflictedRecord> some, known->conflicts(circle));
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return all;
}

Result<std::uint64_t> RecordStore::conflict_count() {
  std::int64_t count = 0;
  for (const auto& known : tables_) {
    TB_TRY(const std::int64_t some, known->conflict_count());
    count += some;
  }
  return static_cast<std::uint64_t>(count);
}

Result<std::uint64_t> RecordStore::record_count() {
  TB_TRY(std::int64_t count, connection_.query_integer("SELECT count(*) FROM tb_unknown_record"));
  for (const auto& known : tables_) {
    TB_TRY(const std::int64_t some,
           connection_.query_integer("SELECT count(*) FROM " + quoted(known->kind().table)));
    count += some;
  }
  return static_cast<std::uint64_t>(count);
}

Result<std::uint64_t> RecordStore::present_count(CircleRow circle) {
  std::int64_t count = 0;
  const auto add = [&](const std::string& sql) -> Status {
    TB_TRY(sqlite::Statement * row, connection_.cached(sql));
    TB_TRY(const std::int64_t some, integer_of(row->bind(1, key(circle))));
    count += some;
    return {};
  };
  for (const auto& known : tables_)
    TB_CHECK(
        add("SELECT count(*) FROM " + quoted(known->kind().table) + " WHERE _circle = ? AND NOT _deleted"));
  TB_CHECK(add("SELECT count(*) FROM tb_unknown_record WHERE circle = ? AND NOT deleted"));
  return static_cast<std::uint64_t>(count);
}

Result<StateDigest> RecordStore::recompute_digest(CircleRow circle) {
  StateDigest digest;
  for (const auto& known : tables_) {
    RecordQuery query{known->kind().number, circle, Deleted::kInclude, 0, kPageRows};
    for (;;) {
      TB_TRY(const std::vector<StoredRecord> page, known->list(query));
      for (const StoredRecord& record : page) add_row(digest, row_hash(record.state));
      if (page.size() < kPageRows) break;
      query.after_row = page.back().row;
    }
  }
  TB_TRY(const std::vector<StoredRecord> rest, unknown_->in_circle(circle));
  for (const StoredRecord& record : rest) add_row(digest, row_hash(record.state));
  return digest;
}

Status RecordStore::adopt_unknown() {
  for (const auto& known : tables_) {
    TB_TRY(const std::vector<StoredRecord> rows, known->with_unknown_fields());
    for (const StoredRecord& record : rows) TB_CHECK(known->rewrite(record));
    const RecordQuery query{known->kind().number, {}, Deleted::kInclude, 0, 0};
    TB_TRY(const std::vector<StoredRecord> records, unknown_->list(query));
    for (const StoredRecord& record : records) {
      TB_TRY([[maybe_unused]] const std::int64_t row, known->insert(record.circle, record.state));
      TB_CHECK(unknown_->erase(record.row));
    }
  }
  return {};
}

Result<std::vector<std::string>> RecordStore::check_search() {
  std::vector<std::string> damage;
  for (const auto& known : tables_) {
    const Status status = known->check_search();
    if (status) continue;
    if (status.error().code() != Code::kDamaged) return status.error();
    damage.push_back("the search index of " + known->kind().table + " does not match its records");
  }
  return damage;
}

}  // namespace thuisbasis
