// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/row_codec.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "core/merge/state_bytes.h"

namespace thuisbasis {
namespace {

using state_bytes::AuthorNumbers;

constexpr std::uint8_t kCreatedFlag = 1;
constexpr std::uint8_t kOriginFlag = 2;

/// Whose clock a field shares; two bits.
enum class ClockClass : std::uint8_t { kCreation = 0, kBefore = 1, kOwn = 2 };
constexpr unsigned kClassBits = 2;
constexpr std::uint64_t kNoneFlag = 1U << kClassBits;
constexpr unsigned kFieldShift = kClassBits + 1;

/// When a value was written.
struct Stamp {
  Dot dot;
  HybridTime time;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? UINT64_MAX : 0);
}
std::uint64_t unzigzag(std::uint64_t coded) { return coded >> 1 ^ ((coded & 1) != 0 ? UINT64_MAX : 0); }

/// Writes the clocks of the values in columns, each against the creation or the clock before it, so that a
/// record written at once costs one byte a field.
class ClockWriter final {
 public:
  ClockWriter(const RecordState& state, const AuthorNumbers& authors)
      : authors_(authors), creation_{state.created, state.created_time} {
    const bool created = state.created.number != 0;
    writer_.u8(static_cast<std::uint8_t>((created ? kCreatedFlag : 0) | (state.origin ? kOriginFlag : 0)));
    if (created) {
      state_bytes::put_dot(writer_, state.created, authors_);
      writer_.u64(state.created_time.value);
    }
    if (!state.origin) return;
    writer_.raw(state.origin->circle.view());
    writer_.raw(state.origin->record.view());
  }

  void field(std::uint32_t number, const Entry& entry) {
    const Stamp stamp{entry.dot, entry.time};
    const ClockClass shared = stamp == creation_             ? ClockClass::kCreation
                              : before_ && stamp == *before_ ? ClockClass::kBefore
                                                             : ClockClass::kOwn;
    const std::uint64_t none = entry.value.shape == ValueShape::kNone ? kNoneFlag : 0;
    writer_.varint(std::uint64_t{number - last_number_} << kFieldShift | none |
                   static_cast<std::uint64_t>(shared));
    last_number_ = number;
    if (shared != ClockClass::kOwn) return;
    state_bytes::put_dot(writer_, stamp.dot, authors_);
    writer_.varint(zigzag(stamp.time.value - creation_.time.value));
    before_ = stamp;
  }

  Bytes take() { return writer_.take(); }

 private:
  const AuthorNumbers& authors_;
  Stamp creation_;
  std::optional<Stamp> before_;
  std::uint32_t last_number_ = 0;
  ByteWriter writer_;
};

/// Reads what ClockWriter wrote, taking the values from the columns.
class ClockReader final {
 public:
  ClockReader(RecordState& state, ByteView clocks, AuthorTable& authors)
      : state_(state), reader_(clocks), authors_(authors) {}

  Status read(std::span<const ColumnField> columns, std::vector<FieldValue>& values) {
    TB_CHECK(read_creation());
    while (reader_.remaining() > 0) TB_CHECK(read_field(columns, values));
    return {};
  }

 private:
  Status read_creation() {
    TB_TRY(const std::uint8_t flags, reader_.u8());
    if ((flags & kCreatedFlag) != 0) {
      TB_TRY(state_.created, state_bytes::get_dot(reader_, authors_));
      TB_TRY(state_.created_time.value, reader_.u64());
    }
    if ((flags & kOriginFlag) != 0) {
      Origin origin;
      TB_TRY(origin.circle, reader_.id<CircleId>());
      TB_TRY(origin.record, reader_.id<RecordId>());
      state_.origin = origin;
    }
    return {};
  }

  Status read_field(std::span<const ColumnField> columns, std::vector<FieldValue>& values) {
    TB_TRY(const std::uint64_t head, reader_.varint());
    const std::uint64_t step = head >> kFieldShift;
    if (step == 0) return Error(Code::kMalformed, "a field's clock twice");
    if (step > kFieldNumberMax - last_number_) return Error(Code::kMalformed, "field number");
    last_number_ += static_cast<std::uint32_t>(step);
    TB_TRY(const Stamp stamp, read_stamp(static_cast<std::uint8_t>(head & ((1U << kClassBits) - 1))));
    const auto column =
        std::lower_bound(columns.begin(), columns.end(), last_number_,
                         [](const ColumnField& c, std::uint32_t number) { return c.number < number; });
    if (column == columns.end() || column->number != last_number_)
      return Error(Code::kSchemaTooNew, "no column for field " + std::to_string(last_number_));
    FieldValue& value = values[static_cast<std::size_t>(column - columns.begin())];
    const bool none = (head & kNoneFlag) != 0;
    if (none != (value.shape == ValueShape::kNone) || !column->single || !fits_column(*column, value))
      return Error(Code::kMalformed,
                   "column of field " + std::to_string(last_number_) + " and its clock disagree");
    const auto rule = static_cast<std::uint8_t>(column->rule);
    FieldState& field =
        state_.fields.try_emplace(FieldKey{last_number_, rule}, FieldState{rule, {}}).first->second;
    field.entries.push_back(Entry{stamp.dot, stamp.time, std::move(value), false});
    return {};
  }

  Result<Stamp> read_stamp(std::uint8_t shared) {
    switch (static_cast<ClockClass>(shared)) {
      case ClockClass::kCreation:
        if (state_.created.number == 0)
          return Error(Code::kMalformed, "clock of a creation that is not there");
        return Stamp{state_.created, state_.created_time};
      case ClockClass::kBefore:
        if (!before_) return Error(Code::kMalformed, "clock before the first");
        return *before_;
      case ClockClass::kOwn:
        break;
      default:
        return Error(Code::kMalformed, "class of a clock");
    }
    Stamp stamp;
    TB_TRY(stamp.dot, state_bytes::get_dot(reader_, authors_));
    TB_TRY(const std::uint64_t difference, reader_.varint());
    stamp.time.value = state_.created_time.value + unzigzag(difference);
    before_ = stamp;
    return stamp;
  }

  RecordState& state_;
  ByteReader reader_;
  AuthorTable& authors_;
  std::optional<Stamp> before_;
  std::uint32_t last_number_ = 0;
};

/// Fields in full, in one blob: empty when there are none.
class FieldsWriter final {
 public:
  explicit FieldsWriter(const AuthorNumbers& authors) : authors_(authors) {}
  void field(const FieldKey& key, const state_bytes::EntryRefs& entries) {
    state_bytes::put_field(writer_, key, entries, authors_);
    ++count_;
  }
  bool empty() const { return count_ == 0; }
  /// Count, then the fields.
  void finish_into(ByteWriter& out) const {
    out.varint(count_);
    out.raw(writer_.view());
  }

 private:
  const AuthorNumbers& authors_;
  ByteWriter writer_;
  std::uint64_t count_ = 0;
};

Status read_fields(ByteReader& reader, RecordState& state, AuthorTable& authors) {
  TB_TRY(const std::uint64_t count, reader.varint());
  for (std::uint64_t i = 0; i < count; ++i) TB_CHECK(state_bytes::get_field(reader, state, authors));
  return {};
}

const ColumnField* column_of(std::span<const ColumnField> columns, const FieldKey& key) {
  const auto found =
      std::lower_bound(columns.begin(), columns.end(), key.number,
                       [](const ColumnField& c, std::uint32_t number) { return c.number < number; });
  if (found == columns.end() || found->number != key.number ||
      static_cast<std::uint8_t>(found->rule) != key.rule)
    return nullptr;
  return &*found;
}

/// The entry that stands in the column itself; null when the column is NULL for want of a fitting one.
const Entry* entry_in_column(const ColumnField& column, const FieldState& field) {
  if (!column.single) return nullptr;
  const Entry* candidate = shown(&field);
  return candidate != nullptr && !candidate->removed && fits_column(column, candidate->value) ? candidate
                                                                                              : nullptr;
}

bool stands_before(const Entry& a, const Entry& b) {
  // Dots nearly always differ.
  if (const auto order = a.dot <=> b.dot; order != 0) return order < 0;
  return std::tie(a.value, a.removed, a.time) < std::tie(b.value, b.removed, b.time);
}

/// encode_row wrote them sorted, but for the one that stood in the column, which was read first.
void sort_entries(std::vector<Entry>& entries) {
  if (entries.size() < 2) return;
  const auto first = entries.begin();
  const auto rest = std::next(first);
  if (!std::is_sorted(rest, entries.end(), stands_before)) std::sort(rest, entries.end(), stands_before);
  std::rotate(first, rest, std::lower_bound(rest, entries.end(), *first, stands_before));
}

Status decode_parts(RecordState& state, ByteView clocks, ByteView unknown, ByteView concurrent,
                    std::span<const ColumnField> columns, std::vector<FieldValue>& values,
                    AuthorTable& authors) {
  if (values.size() != columns.size())
    return Error(Code::kInvalidArgument, "as many values as columns are needed");
  TB_CHECK(ClockReader(state, clocks, authors).read(columns, values));
  if (!unknown.empty()) {
    ByteReader reader(unknown);
    TB_CHECK(read_fields(reader, state, authors));
    TB_CHECK(reader.end());
  }
  if (concurrent.empty()) return {};
  ByteReader reader(concurrent);
  TB_CHECK(read_fields(reader, state, authors));
  while (reader.remaining() > 0) {
    TB_TRY(OpaqueOperation kept, state_bytes::get_opaque(reader, authors));
    state.opaque.push_back(std::move(kept));
  }
  return {};
}

}  // namespace

bool fits_column(const ColumnField& column, const FieldValue& value) {
  if (value.shape == ValueShape::kNone) return true;
  if (value.shape != column.shape) return false;
  if (column.text)
    return is_utf8(value.data) &&
           std::find(value.data.begin(), value.data.end(), Byte{0}) == value.data.end();
  if (!column.real) return true;
  const unsigned width = value.shape == ValueShape::kFixed32 ? 32 : 64;
  const std::uint64_t sign = std::uint64_t{1} << (width - 1);
  const std::uint64_t infinity = width == 32 ? 0x7f800000U : 0x7ff0000000000000U;
  return value.number != sign && (value.number & (sign - 1)) <= infinity;
}

Result<RowBlobs> encode_row(const RecordState& state, std::span<const ColumnField> columns,
                            AuthorTable& authors) {
  TB_TRY(const AuthorNumbers numbers, AuthorNumbers::from(state_bytes::authors_of(state), authors));
  ClockWriter clocks(state, numbers);
  FieldsWriter unknown(numbers);
  FieldsWriter concurrent(numbers);
  for (const auto& [key, field] : state.fields) {
    const ColumnField* column = column_of(columns, key);
    if (column == nullptr) {
      FieldsWriter& home = key.number == kLifecycleField ? concurrent : unknown;
      home.field(key, {field.entries.begin(), field.entries.end()});
      continue;
    }
    const Entry* in_column = entry_in_column(*column, field);
    if (in_column != nullptr) clocks.field(key.number, *in_column);
    if (in_column != nullptr && field.entries.size() == 1) continue;
    state_bytes::EntryRefs rest;
    for (const Entry& entry : field.entries)
      if (&entry != in_column) rest.push_back(entry);
    concurrent.field(key, rest);
  }
  RowBlobs blobs;
  blobs.clocks = clocks.take();
  ByteWriter unknown_blob;
  if (!unknown.empty()) unknown.finish_into(unknown_blob);
  blobs.unknown = unknown_blob.take();
  ByteWriter concurrent_blob;
  if (!concurrent.empty() || !state.opaque.empty()) concurrent.finish_into(concurrent_blob);
  for (const OpaqueOperation& kept : state.opaque) state_bytes::put_opaque(concurrent_blob, kept, numbers);
  blobs.concurrent = concurrent_blob.take();
  return blobs;
}

Result<RecordState> decode_row(std::uint32_t kind, const RecordId& id, ByteView clocks, ByteView unknown,
                               ByteView concurrent, std::span<const ColumnField> columns,
                               std::vector<FieldValue> values, AuthorTable& authors) {
  RecordState state;
  state.kind = kind;
  state.id = id;
  Status read = decode_parts(state, clocks, unknown, concurrent, columns, values, authors);
  if (!read) {
    if (read.error().code() == Code::kMalformed)
      return Error(Code::kDamaged, "row " + id.text() + ": " + read.error().context());
    return std::move(read.error());
  }
  for (auto& [key, field] : state.fields) sort_entries(field.entries);
  return state;
}

}  // namespace thuisbasis
