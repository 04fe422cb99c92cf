// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "core/verify/hash.h"
#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

constexpr std::array<const char*, 8> kWords{
    "huisbezoek", "Geldzaken op orde", "café",  "\"aanhaling\" \\ teken", "één\ntwee",
    "",           "veilig thuis",      "school"};

Author author_named(std::uint8_t name) {
  Author author;
  author.device.mutable_view()[0] = name;
  author.instance.mutable_view()[0] = static_cast<std::uint8_t>(name + 1);
  return author;
}

}  // namespace

RecordId record_id(std::uint32_t number) {
  RecordId id;
  for (std::size_t i = 0; i < 4; ++i) id.mutable_view()[i] = static_cast<std::uint8_t>(number >> (8 * i));
  id.mutable_view()[15] = 1;
  return id;
}

Device::Device(std::uint8_t name, const Schema& schema, const std::string& path)
    : db_(must(sqlite::Connection::open(path, {.create = true}))),
      guard_(std::make_unique<DatabaseGuard>(db_.handle())),
      schema_(&schema),
      self_(author_named(name)) {
  guard_->install();
  open(schema);
  CircleId id;
  id.mutable_view()[0] = 7;
  const auto known = must(store_->circles.find(id));
  circle_ = known ? known->row : must(store_->circles.add(id, {DossierId(), "kern", "Gezin", RecordId()}));
}

void Device::open(const Schema& schema) {
  must(migrate(db_, schema));
  schema_ = &schema;
  store_ = std::make_unique<Store>(db_, schema, *guard_);
}

Status Device::upgrade(const Schema& schema) {
  store_.reset();
  TB_CHECK(migrate(db_, schema));
  open(schema);
  return {};
}

RecordState Device::state(std::uint32_t kind, const RecordId& id) {
  auto found = must(store_->records.load(circle_, kind, id));
  if (found) return std::move(found->state);
  RecordState state;
  state.kind = kind;
  state.id = id;
  return state;
}

Change Device::prepare(std::vector<RecordChange> records) {
  Change change;
  change.dot = {self_, must(store_->circles.head(circle_, self_)).number + 1};
  change.time = next_time(must(store_->circles.newest_time()), ++now_);
  const Frontier said = must(store_->circles.seen_by(circle_, self_));
  const Frontier applied = frontier();
  for (const auto& [author, number] : applied.numbers())
    if (author != self_ && number > said.at(author)) change.seen.raise(author, number);
  change.records = std::move(records);
  return change;
}

Applied Device::write(std::vector<RecordChange> records) {
  return write_prepared(prepare(std::move(records)));
}

Applied Device::write_prepared(const Change& change) {
  const Bytes bytes = must(encode_change(change));
  auto transaction = must(sqlite::Transaction::begin(db_));
  Applied applied = must(store_->applier.apply_local(circle_, change, bytes));
  must(transaction.commit());
  return applied;
}

std::optional<Parcel> Device::publish() {
  const auto unsent = must(store_->log.unsent(circle_, self_, {1000, 1 << 20}));
  if (unsent.empty()) return std::nullopt;
  // As the client does: nothing is signed before it was written.
  now_ = std::max(now_ + 1, unsent.back().time.ms());
  Parcel parcel{self_, unsent.front().number, unsent.back().number, {}, now_, {}};
  Sha256 chain("test/chain");
  for (const UnsentChange& change : unsent) {
    chain.add(change.bytes);
    parcel.changes.push_back(change.bytes);
  }
  parcel.chain = must(ChainValue::from(chain.finish().view()));
  auto transaction = must(sqlite::Transaction::begin(db_));
  StoredBundle bundle;
  bundle.circle = circle_;
  bundle.author = self_;
  bundle.first = parcel.first;
  bundle.last = parcel.last;
  bundle.chain = parcel.chain;
  bundle.epoch = 1;
  bundle.signed_time = parcel.signed_time;
  bundle.bytes = to_bytes(as_bytes("sealed"));
  must(store_->log.freeze(bundle));
  must(transaction.commit());
  return parcel;
}

Result<Applied> Device::receive(const Parcel& parcel) {
  std::vector<Change> changes;
  for (const Bytes& bytes : parcel.changes) {
    TB_TRY(Change change, decode_change(parcel.author, bytes));
    changes.push_back(std::move(change));
  }
  TB_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(db_));
  TB_TRY(Applied applied,
         store_->applier.apply(circle_, {parcel.author, parcel.first, parcel.last, changes,
                                         effective_limit(parcel.signed_time), parcel.chain}));
  TB_CHECK(transaction.commit());
  return applied;
}

StateDigest Device::digest() { return must(store_->circles.get(circle_)).digest; }
StateDigest Device::recomputed() { return must(store_->records.recompute_digest(circle_)); }
Frontier Device::frontier() { return must(store_->circles.frontier(circle_)); }

std::int64_t Device::number(const std::string& sql) { return must(db_.query_integer(sql)); }

std::string Device::text(const std::string& sql) {
  sqlite::Statement row = must(db_.prepare(sql));
  return must(row.step()) ? std::string(row.text(0)) : "(no row)";
}

std::string all_rows(Device& device, const std::string& table) {
  sqlite::Statement rows = must(device.db().prepare("SELECT * FROM " + table + " ORDER BY _id"));
  std::string all;
  while (must(rows.step())) {
    for (int column = 0; column < rows.columns(); ++column) {
      const std::string_view name = rows.column_name(column);
      // Row numbers and author numbers are each database's own.
      if (name == "_row" || name == "_clocks" || name == "_unknown" || name == "_concurrent") continue;
      all.append(name).append("=");
      all.append(rows.is_null(column) ? "NULL" : to_hex(rows.blob(column))).append(" ");
    }
    all += '\n';
  }
  return all;
}

FieldValue RandomEdits::value_for(const FieldSchema& field) {
  switch (field.stored.shape) {
    case ValueShape::kVarint:
      return FieldValue::varint(below(4));
    case ValueShape::kFixed32:
      return {ValueShape::kFixed32, below(3) == 0 ? 0x3f800000U : 0x80000000U, {}};
    case ValueShape::kFixed64:
      return {ValueShape::kFixed64, below(2) == 0 ? 0x3ff0000000000000U : 0x7ff8000000000001U, {}};
    default:
      return FieldValue::text(kWords.at(below(kWords.size())));
  }
}

void RandomEdits::change_field(RecordEdit& edit, const RecordState& base, const FieldSchema& field) {
  switch (field.rule) {
    case Rule::kRegister:
    case Rule::kText:
      // Now and then a value of a shape that the schema does not expect.
      must(edit.set(field.number, field.rule,
                    below(8) == 0   ? FieldValue::none()
                    : below(8) == 0 ? FieldValue{ValueShape::kFixed64, 77, {}}
                                    : value_for(field)));
      break;
    case Rule::kOnce:
      if (edit.creates() && !field.repeated) must(edit.set(field.number, field.rule, value_for(field)));
      break;
    case Rule::kSet:
    case Rule::kRemoveWinsSet: {
      const FieldState* entries = base.field(field.number, field.rule);
      const auto present = entries != nullptr ? elements(*entries) : std::vector<FieldValue>();
      if (!present.empty() && below(2) == 0) {
        must(edit.remove_element(field.number, field.rule,
                                 present.at(below(static_cast<std::uint32_t>(present.size())))));
      } else {
        must(edit.add_element(field.number, field.rule, value_for(field)));
      }
      break;
    }
    case Rule::kCounter:
      must(edit.increment(field.number, below(5)));
      break;
    default:
      must(edit.offer(field.number, field.rule, value_for(field)));
  }
}

RecordChange RandomEdits::change_record(Device& device, const KindSchema& kind, const RecordId& id) {
  const RecordState base = device.state(kind.number, id);
  const bool exists = base.created.number != 0;
  RecordEdit edit(base, exists ? RecordEdit::Mode::kUpdate : RecordEdit::Mode::kCreate);
  if (exists && below(8) == 0) {
    must(presence(base, kind.append_only) == Presence::kPresent ? edit.erase() : edit.restore());
  } else {
    const std::uint32_t count = 1 + below(exists ? 2 : 6);
    for (std::uint32_t i = 0; i < count; ++i)
      change_field(edit, base, kind.fields.at(below(static_cast<std::uint32_t>(kind.fields.size()))));
  }
  return std::move(edit).take();
}

std::vector<RecordChange> RandomEdits::next(Device& device, const Schema& schema) {
  std::vector<RecordChange> changes;
  const std::uint32_t count = 1 + below(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    const KindSchema& kind = schema.kinds().at(below(static_cast<std::uint32_t>(schema.kinds().size())));
    const RecordId id = record_id(below(records_));
    const bool again = std::any_of(changes.begin(), changes.end(),
                                   [&](const RecordChange& change) { return change.record == id; });
    if (again) continue;
    RecordChange change = change_record(device, kind, id);
    if (change.created || !change.operations.empty()) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace thuisbasis::test
