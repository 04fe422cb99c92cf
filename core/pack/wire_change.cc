// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/wire_change.h"

#include <limits>

namespace thuisbasis {
namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// The wire types of protobuf, in the low three bits of a tag.
constexpr std::uint32_t kVarintType = 0;
constexpr std::uint32_t kFixed64Type = 1;
constexpr std::uint32_t kSizedType = 2;
constexpr std::uint32_t kFixed32Type = 5;
constexpr std::uint32_t tag(std::uint32_t field, std::uint32_t type) { return field << 3 | type; }

constexpr std::uint32_t kNumber = tag(1, kVarintType);
constexpr std::uint32_t kTime = tag(2, kFixed64Type);
constexpr std::uint32_t kAuthors = tag(3, kSizedType);
constexpr std::uint32_t kSeen = tag(4, kSizedType);
constexpr std::uint32_t kRecords = tag(5, kSizedType);

constexpr std::uint32_t kRecord = tag(1, kSizedType);
constexpr std::uint32_t kKind = tag(2, kVarintType);
constexpr std::uint32_t kCreated = tag(3, kVarintType);
constexpr std::uint32_t kOrigin = tag(4, kSizedType);
constexpr std::uint32_t kOperations = tag(5, kSizedType);

constexpr std::uint32_t kField = tag(1, kVarintType);
constexpr std::uint32_t kRule = tag(2, kVarintType);
constexpr std::uint32_t kReplaces = tag(3, kSizedType);
constexpr std::uint32_t kVarint = tag(4, kVarintType);
constexpr std::uint32_t kFixed64 = tag(5, kFixed64Type);
constexpr std::uint32_t kFixed32 = tag(6, kFixed32Type);
constexpr std::uint32_t kData = tag(7, kSizedType);
constexpr std::uint32_t kClear = tag(8, kVarintType);
constexpr std::uint32_t kRemoved = tag(9, kVarintType);

// ---- Reading

/// A message's fields, one after the other. After the first thing amiss there are no more, and ok() is false.
class FieldReader final {
 public:
  explicit FieldReader(ByteView bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  /// The tag of the next field; 0 at the end.
  std::uint32_t next() {
    if (rest_.empty()) return 0;
    const std::uint32_t tag = narrow(varint());
    if (tag == 0) fail();
    return tag;
  }
  bool fail() {
    ok_ = false;
    rest_ = {};
    return false;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const Byte byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    fail();
    return 0;
  }
  std::uint32_t narrow(std::uint64_t value) {
    if (value > std::numeric_limits<std::uint32_t>::max()) fail();
    return static_cast<std::uint32_t>(value);
  }
  std::uint64_t little_endian(std::size_t size) {
    std::uint64_t value = 0;
    const ByteView bytes = raw(size);
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
    return value;
  }
  ByteView sized() { return raw(varint()); }
  /// A packed list of numbers, by twos.
  Pairs pairs() {
    FieldReader list(sized());
    Pairs pairs;
    while (list.ok() && !list.rest_.empty()) {
      const std::uint64_t first = list.varint();
      pairs.emplace_back(first, list.varint());
    }
    if (!list.ok()) fail();
    return pairs;
  }

 private:
  ByteView raw(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const ByteView taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  ByteView rest_;
  bool ok_ = true;
};

bool read_entry(FieldReader& in, std::uint32_t tag, WireOperation& operation) {
  switch (tag) {
    case kVarint:
      operation.entry = EntryField::kVarint;
      operation.number = in.varint();
      return true;
    case kFixed64:
      operation.entry = EntryField::kFixed64;
      operation.number = in.little_endian(8);
      return true;
    case kFixed32:
      operation.entry = EntryField::kFixed32;
      operation.number = in.little_endian(4);
      return true;
    case kData:
      operation.entry = EntryField::kData;
      operation.data = in.sized();
      return true;
    case kClear:
      operation.entry = EntryField::kClear;
      return in.varint() == 1 || in.fail();
    default:
      return in.fail();
  }
}

bool read_operation(ByteView bytes, WireOperation& operation) {
  FieldReader in(bytes);
  while (const std::uint32_t tag = in.next()) {
    switch (tag) {
      case kField:
        operation.field = in.narrow(in.varint());
        break;
      case kRule:
        operation.rule = in.narrow(in.varint());
        break;
      case kReplaces:
        operation.replaces = in.pairs();
        break;
      case kRemoved:
        operation.removed = in.varint() == 1 || in.fail();
        break;
      default:
        if (!read_entry(in, tag, operation)) return false;
    }
  }
  return in.ok();
}

bool read_record(ByteView bytes, WireRecord& record) {
  FieldReader in(bytes);
  while (const std::uint32_t tag = in.next()) {
    switch (tag) {
      case kRecord:
        record.record = in.sized();
        break;
      case kKind:
        record.kind = in.narrow(in.varint());
        break;
      case kCreated:
        record.created = in.varint() == 1 || in.fail();
        break;
      case kOrigin:
        record.origin = in.sized();
        break;
      case kOperations:
        if (!read_operation(in.sized(), record.operations.emplace_back())) return false;
        break;
      default:
        return false;
    }
  }
  return in.ok();
}

// ---- Writing

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7f) | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_number(std::string& out, std::uint32_t tag, std::uint64_t value) {
  if (value == 0) return;
  put_varint(out, tag);
  put_varint(out, value);
}

void put_little_endian(std::string& out, std::uint32_t tag, std::uint64_t value, unsigned size) {
  put_varint(out, tag);
  for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void put_sized(std::string& out, std::uint32_t tag, std::string_view bytes) {
  put_varint(out, tag);
  put_varint(out, bytes.size());
  out += bytes;
}

void put_pairs(std::string& out, std::uint32_t tag, const Pairs& pairs) {
  if (pairs.empty()) return;
  std::string list;
  for (const auto& [index, number] : pairs) {
    put_varint(list, index);
    put_varint(list, number);
  }
  put_sized(out, tag, list);
}

void put_entry(std::string& out, const WireOperation& operation) {
  switch (operation.entry) {
    case EntryField::kNone:
      break;
    case EntryField::kVarint:  // of a choice between fields, also the default travels
      put_varint(out, kVarint);
      put_varint(out, operation.number);
      break;
    case EntryField::kFixed64:
      put_little_endian(out, kFixed64, operation.number, 8);
      break;
    case EntryField::kFixed32:
      put_little_endian(out, kFixed32, operation.number, 4);
      break;
    case EntryField::kData:
      put_sized(out, kData, as_text(operation.data));
      break;
    case EntryField::kClear:
      put_number(out, kClear, 1);
      break;
  }
}

void put_operation(std::string& out, const WireOperation& operation) {
  put_number(out, kField, operation.field);
  put_number(out, kRule, operation.rule);
  put_pairs(out, kReplaces, operation.replaces);
  put_entry(out, operation);
  put_number(out, kRemoved, operation.removed ? 1 : 0);
}

void put_record(std::string& out, const WireRecord& record, std::string& scratch) {
  if (!record.record.empty()) put_sized(out, kRecord, as_text(record.record));
  put_number(out, kKind, record.kind);
  put_number(out, kCreated, record.created ? 1 : 0);
  if (!record.origin.empty()) put_sized(out, kOrigin, as_text(record.origin));
  for (const WireOperation& operation : record.operations) {
    scratch.clear();
    put_operation(scratch, operation);
    put_sized(out, kOperations, scratch);
  }
}

}  // namespace

std::optional<WireChange> read_wire_change(ByteView bytes) {
  WireChange change;
  FieldReader in(bytes);
  while (const std::uint32_t tag = in.next()) {
    switch (tag) {
      case kNumber:
        change.number = in.varint();
        break;
      case kTime:
        change.time = in.little_endian(8);
        break;
      case kAuthors:
        change.authors.push_back(in.sized());
        break;
      case kSeen:
        change.seen = in.pairs();
        break;
      case kRecords:
        if (!read_record(in.sized(), change.records.emplace_back())) return std::nullopt;
        break;
      default:
        return std::nullopt;
    }
  }
  if (!in.ok()) return std::nullopt;
  return change;
}

std::string write_wire_change(const WireChange& change) {
  std::string out;
  put_number(out, kNumber, change.number);
  if (change.time != 0) put_little_endian(out, kTime, change.time, 8);
  for (const ByteView author : change.authors) put_sized(out, kAuthors, as_text(author));
  put_pairs(out, kSeen, change.seen);
  std::string record_bytes;
  std::string operation_bytes;
  for (const WireRecord& record : change.records) {
    record_bytes.clear();
    put_record(record_bytes, record, operation_bytes);
    put_sized(out, kRecords, record_bytes);
  }
  return out;
}

}  // namespace thuisbasis
