// SPDX-License-Identifier: EUPL-1.2
#include <google/protobuf/arena.h>

#include <algorithm>
#include <set>

#include "core/merge/operation.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

namespace pb = google::protobuf;
using Numbers = pb::RepeatedField<std::uint64_t>;

Error malformed(std::string_view what) { return Error(Code::kMalformed, "change: " + std::string(what)); }

// ---- What an operation must look like, by rule
// ---------------------------------------------------------------

bool has_value(const Operation& operation) {
  return operation.entry && operation.entry->shape != ValueShape::kNone;
}

/// Checks the table above struct Operation. Operations under unknown rules are taken as they are.
bool is_well_formed(const Operation& operation) {
  if (!is_known_rule(operation.rule)) return true;
  const bool lifecycle = static_cast<Rule>(operation.rule) == Rule::kLifecycle;
  if (lifecycle != (operation.field == kLifecycleField)) return false;
  switch (static_cast<Rule>(operation.rule)) {
    case Rule::kRegister:
    case Rule::kText:
      return !operation.removed;
    case Rule::kSet:
    case Rule::kRemoveWinsSet:
      return has_value(operation);
    case Rule::kCounter:
      return operation.entry && operation.entry->shape == ValueShape::kVarint && !operation.removed &&
             operation.replaces.empty();
    case Rule::kMin:
    case Rule::kMax:
    case Rule::kOnce:
      return has_value(operation) && !operation.removed && operation.replaces.empty();
    case Rule::kLifecycle:
      return operation.entry ? operation.removed && operation.entry->shape == ValueShape::kData
                             : !operation.removed;
  }
  return false;
}

Status check_operation(const Operation& operation) {
  if (operation.rule == 0) return malformed("operation without a rule");
  if (operation.field > kFieldNumberMax) return malformed("field number");
  if (!is_well_formed(operation)) return malformed("operation does not fit its rule");
  return {};
}

Status check_sizes(std::size_t records, const RecordChange* record) {
  if (records > kChangeRecordsMax)
    return Error(Code::kTooLarge, "change of " + std::to_string(records) + " records");
  if (record != nullptr && record->operations.size() > kRecordOperationsMax)
    return Error(Code::kTooLarge,
                 "record change of " + std::to_string(record->operations.size()) + " operations");
  return {};
}

Status check_record(const RecordChange& record) {
  if (record.kind == 0) return malformed("record without a kind");
  if (record.origin && !record.created) return malformed("origin of a record that is not created");
  return {};
}

/// One record, which kind and id name together, at most once in a change.
Status check_distinct(const std::vector<RecordChange>& records) {
  std::vector<std::pair<RecordId, std::uint32_t>> names;
  names.reserve(records.size());
  for (const RecordChange& record : records) names.emplace_back(record.record, record.kind);
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end())
    return malformed("a record occurs twice");
  return {};
}

// ---- Writing
// ---------------------------------------------------------------------------------------------------

/// The other authors that a change names, sorted.
std::vector<Author> other_authors(const Change& change) {
  std::set<Author> authors;
  for (const auto& [author, number] : change.seen.numbers()) authors.insert(author);
  for (const RecordChange& record : change.records)
    for (const Operation& operation : record.operations)
      for (const Dot& dot : operation.replaces) authors.insert(dot.author);
  authors.erase(change.dot.author);
  return {authors.begin(), authors.end()};
}

class Writer final {
 public:
  explicit Writer(const Change& change) : change_(change), authors_(other_authors(change)) {}

  Status write(change::Change& out) {
    if (authors_.size() > kChangeAuthorsMax) return Error(Code::kTooLarge, "change names too many authors");
    TB_CHECK(check_sizes(change_.records.size(), nullptr));
    TB_CHECK(check_distinct(change_.records));
    if (change_.dot.number == 0 || change_.dot.number > kChangeNumberMax) return malformed("number");
    out.set_number(change_.dot.number);
    out.set_time(change_.time.value);
    for (const Author& author : authors_) {
      std::string* bytes = out.add_authors();
      bytes->append(as_text(author.device.view()));
      bytes->append(as_text(author.instance.view()));
    }
    for (const auto& [author, number] : change_.seen.numbers()) {
      if (author == change_.dot.author) continue;  // its own past goes without saying
      out.add_seen(index_of(author));
      out.add_seen(number);
    }
    for (const RecordChange& record : change_.records) TB_CHECK(write_record(record, *out.add_records()));
    return {};
  }

 private:
  /// From 1; 0 is the author itself.
  std::uint64_t index_of(const Author& author) const {
    return static_cast<std::uint64_t>(std::lower_bound(authors_.begin(), authors_.end(), author) -
                                      authors_.begin()) +
           1;
  }

  Status write_record(const RecordChange& record, change::RecordChange& out) {
    TB_CHECK(check_sizes(0, &record));
    TB_CHECK(check_record(record));
    out.set_record(std::string(as_text(record.record.view())));
    out.set_kind(record.kind);
    out.set_created(record.created);
    if (record.origin) {
      out.mutable_origin()->append(as_text(record.origin->circle.view()));
      out.mutable_origin()->append(as_text(record.origin->record.view()));
    }
    for (const Operation& operation : record.operations) {
      TB_CHECK(check_operation(operation));
      TB_CHECK(write_operation(operation, *out.add_operations()));
    }
    return {};
  }

  Status write_operation(const Operation& operation, change::Operation& out) {
    out.set_field(operation.field);
    out.set_rule(static_cast<rules::MergeRule>(operation.rule));
    for (const Dot& dot : operation.replaces) {
      const bool own = dot.author == change_.dot.author;
      if (dot.number == 0 || (own && dot.number >= change_.dot.number)) return malformed("replaced dot");
      out.add_replaces(own ? 0 : index_of(dot.author));
      out.add_replaces(own ? change_.dot.number - dot.number : dot.number);
    }
    if (operation.entry) write_value(*operation.entry, out);
    out.set_removed(operation.removed);
    return {};
  }

  static void write_value(const FieldValue& value, change::Operation& out) {
    switch (value.shape) {
      case ValueShape::kNone:
        out.set_clear(true);
        break;
      case ValueShape::kVarint:
        out.set_varint(value.number);
        break;
      case ValueShape::kFixed64:
        out.set_fixed64_value(value.number);
        break;
      case ValueShape::kFixed32:
        out.set_fixed32_value(static_cast<std::uint32_t>(value.number));
        break;
      case ValueShape::kData:
        out.set_data(std::string(as_text(value.data)));
        break;
    }
  }

  const Change& change_;
  std::vector<Author> authors_;
};

// ---- Reading
// ---------------------------------------------------------------------------------------------------

class Reader final {
 public:
  explicit Reader(const Author& author) { change_.dot.author = author; }

  Result<Change> read(const change::Change& in) {
    if (in.number() == 0 || in.number() > kChangeNumberMax) return malformed("number");
    change_.dot.number = in.number();
    change_.time.value = in.time();
    TB_CHECK(read_authors(in));
    TB_CHECK(read_seen(in.seen()));
    TB_CHECK(check_sizes(static_cast<std::size_t>(in.records_size()), nullptr));
    change_.records.reserve(static_cast<std::size_t>(in.records_size()));
    for (const change::RecordChange& record : in.records()) TB_CHECK(read_record(record));
    TB_CHECK(check_distinct(change_.records));
    return std::move(change_);
  }

 private:
  Status read_authors(const change::Change& in) {
    if (static_cast<std::size_t>(in.authors_size()) > kChangeAuthorsMax)
      return Error(Code::kTooLarge, "change names too many authors");
    for (const std::string& bytes : in.authors()) {
      if (bytes.size() != DeviceId::kSize + InstanceId::kSize) return malformed("size of an author");
      Author author;
      TB_TRY(author.device, DeviceId::from(as_bytes(bytes).first(DeviceId::kSize)));
      TB_TRY(author.instance, InstanceId::from(as_bytes(bytes).subspan(DeviceId::kSize)));
      if (author == change_.dot.author || (!authors_.empty() && !(authors_.back() < author)))
        return malformed("authors are not sorted others");
      authors_.push_back(author);
    }
    return {};
  }

  Status read_seen(const Numbers& pairs) {
    if (pairs.size() % 2 != 0) return malformed("seen is not a list of pairs");
    for (int i = 0; i < pairs.size(); i += 2) {
      const std::uint64_t index = pairs[i];
      const std::uint64_t number = pairs[i + 1];
      if (index == 0 || index > authors_.size()) return malformed("author index of seen");
      if (number == 0 || number > kChangeNumberMax) return malformed("number of seen");
      const Author& author = authors_[static_cast<std::size_t>(index - 1)];
      if (change_.seen.at(author) != 0) return malformed("seen names an author twice");
      change_.seen.raise(author, number);
    }
    return {};
  }

  Result<Dot> read_dot(std::uint64_t index, std::uint64_t number) const {
    if (number == 0 || number > kChangeNumberMax) return malformed("number of a replaced dot");
    if (index > authors_.size()) return malformed("author index of a replaced dot");
    if (index > 0) return Dot{authors_[static_cast<std::size_t>(index - 1)], number};
    if (number >= change_.dot.number) return malformed("replaced dot counts back too far");
    return Dot{change_.dot.author, change_.dot.number - number};
  }

  Status read_record(const change::RecordChange& in) {
    RecordChange& record = change_.records.emplace_back();
    TB_TRY(record.record, RecordId::from(as_bytes(in.record())));
    record.kind = in.kind();
    record.created = in.created();
    if (!in.origin().empty()) {
      if (in.origin().size() != CircleId::kSize + RecordId::kSize) return malformed("size of an origin");
      Origin origin;
      TB_TRY(origin.circle, CircleId::from(as_bytes(in.origin()).first(CircleId::kSize)));
      TB_TRY(origin.record, RecordId::from(as_bytes(in.origin()).subspan(CircleId::kSize)));
      record.origin = origin;
    }
    TB_CHECK(check_record(record));
    record.operations.reserve(std::min(static_cast<std::size_t>(in.operations_size()), kRecordOperationsMax));
    for (const change::Operation& operation : in.operations()) {
      TB_TRY(Operation read, read_operation(operation));
      TB_CHECK(check_operation(read));
      record.operations.push_back(std::move(read));
    }
    return check_sizes(0, &record);
  }

  Result<Operation> read_operation(const change::Operation& in) const {
    Operation operation;
    operation.field = in.field();
    if (in.rule() < 1 || in.rule() > UINT8_MAX) return malformed("rule code");
    operation.rule = static_cast<std::uint8_t>(in.rule());
    const Numbers& pairs = in.replaces();
    if (pairs.size() % 2 != 0) return malformed("replaces is not a list of pairs");
    operation.replaces.reserve(static_cast<std::size_t>(pairs.size() / 2));
    for (int i = 0; i < pairs.size(); i += 2) {
      TB_TRY(Dot dot, read_dot(pairs[i], pairs[i + 1]));
      operation.replaces.push_back(dot);
    }
    switch (in.entry_case()) {
      case change::Operation::kVarint:
        operation.entry = FieldValue::varint(in.varint());
        break;
      case change::Operation::kFixed64Value:
        operation.entry = FieldValue{ValueShape::kFixed64, in.fixed64_value(), {}};
        break;
      case change::Operation::kFixed32Value:
        operation.entry = FieldValue{ValueShape::kFixed32, in.fixed32_value(), {}};
        break;
      case change::Operation::kData:
        operation.entry = FieldValue::text(in.data());
        break;
      case change::Operation::kClear:
        if (!in.clear()) return malformed("clear that clears nothing");
        operation.entry = FieldValue::none();
        break;
      case change::Operation::ENTRY_NOT_SET:
        break;
    }
    operation.removed = in.removed();
    return operation;
  }

  Change change_;
  std::vector<Author> authors_;
};

Error too_large(std::size_t size) {
  return Error(Code::kTooLarge,
               "change of " + std::to_string(size) + " bytes, at most " + std::to_string(kChangeBytesMax));
}

}  // namespace

Frontier dependencies(const Change& change) {
  Frontier needed = change.seen;
  needed.raise(change.dot.author, change.dot.number - 1);
  for (const RecordChange& record : change.records)
    for (const Operation& operation : record.operations)
      for (const Dot& dot : operation.replaces) needed.raise(dot.author, dot.number);
  return needed;
}

Result<Bytes> encode_change(const Change& change) {
  pb::Arena arena;
  auto* message = pb::Arena::CreateMessage<change::Change>(&arena);
  if (Status written = Writer(change).write(*message); !written) {
    // What a foreign author may not send, ours may not ask for.
    if (written.error().code() == Code::kMalformed)
      return Error(Code::kInvalidArgument, written.error().context());
    return std::move(written.error());
  }
  const std::size_t size = message->ByteSizeLong();
  if (size > kChangeBytesMax) return too_large(size);
  Bytes bytes(size);
  message->SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

Result<Change> decode_change(const Author& author, ByteView bytes) {
  if (bytes.size() > kChangeBytesMax) return too_large(bytes.size());
  pb::Arena arena;
  auto* message = pb::Arena::CreateMessage<change::Change>(&arena);
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return malformed("not a protobuf Change");
  return Reader(author).read(*message);
}

}  // namespace thuisbasis
