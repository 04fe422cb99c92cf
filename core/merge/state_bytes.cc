// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/state_bytes.h"

#include <algorithm>

#include "core/base/assert.h"

namespace thuisbasis::state_bytes {
namespace {

constexpr std::uint8_t kRemovedFlag = 0x80;
constexpr std::uint8_t kNoEntryFlag = 0x40;
constexpr std::uint8_t kShapeMask = 0x0f;

void put_flags_and_value(ByteWriter& writer, const FieldValue& value, std::uint8_t flags) {
  writer.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(value.shape) | flags));
  switch (value.shape) {
    case ValueShape::kNone:
      break;
    case ValueShape::kVarint:
      writer.varint(value.number);
      break;
    case ValueShape::kFixed64:
      writer.u64(value.number);
      break;
    case ValueShape::kFixed32:
      writer.u32(static_cast<std::uint32_t>(value.number));
      break;
    case ValueShape::kData:
      writer.sized(value.data);
      break;
  }
}

Result<FieldValue> get_value(ByteReader& reader, std::uint8_t flags) {
  FieldValue value;
  if ((flags & kShapeMask) > static_cast<std::uint8_t>(ValueShape::kData))
    return Error(Code::kMalformed, "shape of a value");
  value.shape = static_cast<ValueShape>(flags & kShapeMask);
  switch (value.shape) {
    case ValueShape::kNone:
      break;
    case ValueShape::kVarint: {
      TB_TRY(value.number, reader.varint());
      break;
    }
    case ValueShape::kFixed64: {
      TB_TRY(value.number, reader.u64());
      break;
    }
    case ValueShape::kFixed32: {
      TB_TRY(value.number, reader.u32());
      break;
    }
    case ValueShape::kData: {
      TB_TRY(const ByteView data, reader.sized());
      value.data = to_bytes(data);
      break;
    }
  }
  return value;
}

Result<std::uint32_t> get_u32_varint(ByteReader& reader) {
  TB_TRY(const std::uint64_t value, reader.varint());
  if (value > UINT32_MAX) return Error(Code::kMalformed, "number exceeds 32 bits");
  return static_cast<std::uint32_t>(value);
}

void note(std::vector<const Author*>& seen, const Author& author) {
  // Most entries of a row are by one author: look at the latest first.
  const bool known =
      std::any_of(seen.rbegin(), seen.rend(), [&](const Author* other) { return *other == author; });
  if (!known) seen.push_back(&author);
}

}  // namespace

std::vector<Author> authors_of(const RecordState& state) {
  std::vector<const Author*> seen;
  if (state.created.number != 0) note(seen, state.created.author);
  for (const auto& [key, field] : state.fields)
    for (const Entry& entry : field.entries) note(seen, entry.dot.author);
  for (const OpaqueOperation& kept : state.opaque) {
    note(seen, kept.dot.author);
    for (const Dot& dot : kept.operation.replaces) note(seen, dot.author);
  }
  std::vector<Author> authors;
  authors.reserve(seen.size());
  for (const Author* author : seen) authors.push_back(*author);
  std::sort(authors.begin(), authors.end());
  return authors;
}

Result<AuthorNumbers> AuthorNumbers::from(std::vector<Author> sorted, AuthorTable& table) {
  AuthorNumbers numbers(std::move(sorted));
  numbers.numbers_.reserve(numbers.authors_.size());
  for (const Author& author : numbers.authors_) {
    TB_TRY(const std::uint32_t number, table.index_of(author));
    numbers.numbers_.push_back(number);
  }
  return numbers;
}

std::uint32_t AuthorNumbers::of(const Author& author) const {
  const auto found = std::lower_bound(authors_.begin(), authors_.end(), author);
  TB_ASSERT(found != authors_.end() && *found == author);
  const auto place = static_cast<std::size_t>(found - authors_.begin());
  return numbers_.empty() ? static_cast<std::uint32_t>(place) : numbers_[place];
}

void put_dot(ByteWriter& writer, const Dot& dot, const AuthorNumbers& authors) {
  writer.varint(authors.of(dot.author));
  writer.varint(dot.number);
}

Result<Dot> get_dot(ByteReader& reader, AuthorTable& authors) {
  TB_TRY(const std::uint32_t index, get_u32_varint(reader));
  Dot dot;
  TB_TRY(dot.author, authors.author_at(index));
  TB_TRY(dot.number, reader.varint());
  if (dot.number == 0) return Error(Code::kMalformed, "dot without a number");
  return dot;
}

void put_field(ByteWriter& writer, const FieldKey& key, const EntryRefs& entries,
               const AuthorNumbers& authors) {
  writer.varint(key.number);
  writer.u8(key.rule);
  writer.varint(entries.size());
  for (const Entry& entry : entries) {
    put_dot(writer, entry.dot, authors);
    writer.u64(entry.time.value);
    put_flags_and_value(writer, entry.value, entry.removed ? kRemovedFlag : std::uint8_t{0});
  }
}

Status get_field(ByteReader& reader, RecordState& state, AuthorTable& authors) {
  FieldKey key;
  TB_TRY(key.number, get_u32_varint(reader));
  TB_TRY(key.rule, reader.u8());
  TB_TRY(const std::uint64_t count, reader.varint());
  if (count == 0) return Error(Code::kMalformed, "field without entries");
  FieldState& field = state.fields.try_emplace(key, FieldState{key.rule, {}}).first->second;
  for (std::uint64_t i = 0; i < count; ++i) {
    Entry entry;
    TB_TRY(entry.dot, get_dot(reader, authors));
    TB_TRY(entry.time.value, reader.u64());
    TB_TRY(const std::uint8_t flags, reader.u8());
    entry.removed = (flags & kRemovedFlag) != 0;
    TB_TRY(entry.value, get_value(reader, flags));
    field.entries.push_back(std::move(entry));
  }
  return {};
}

void put_opaque(ByteWriter& writer, const OpaqueOperation& kept, const AuthorNumbers& authors) {
  const Operation& operation = kept.operation;
  put_dot(writer, kept.dot, authors);
  writer.u64(kept.time.value);
  writer.varint(operation.field);
  writer.u8(operation.rule);
  writer.varint(operation.replaces.size());
  for (const Dot& dot : operation.replaces) put_dot(writer, dot, authors);
  const std::uint8_t removed = operation.removed ? kRemovedFlag : std::uint8_t{0};
  if (operation.entry)
    put_flags_and_value(writer, *operation.entry, removed);
  else
    writer.u8(static_cast<std::uint8_t>(kNoEntryFlag | removed));
}

Result<OpaqueOperation> get_opaque(ByteReader& reader, AuthorTable& authors) {
  OpaqueOperation kept;
  TB_TRY(kept.dot, get_dot(reader, authors));
  TB_TRY(kept.time.value, reader.u64());
  TB_TRY(kept.operation.field, get_u32_varint(reader));
  TB_TRY(kept.operation.rule, reader.u8());
  TB_TRY(const std::uint64_t count, reader.varint());
  for (std::uint64_t i = 0; i < count; ++i) {
    TB_TRY(Dot dot, get_dot(reader, authors));
    kept.operation.replaces.push_back(dot);
  }
  TB_TRY(const std::uint8_t flags, reader.u8());
  kept.operation.removed = (flags & kRemovedFlag) != 0;
  if ((flags & kNoEntryFlag) == 0) {
    TB_TRY(FieldValue value, get_value(reader, flags));
    kept.operation.entry = std::move(value);
  }
  return kept;
}

}  // namespace thuisbasis::state_bytes
