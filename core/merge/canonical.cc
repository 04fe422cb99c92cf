// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/record_state.h"
#include "core/merge/state_bytes.h"
#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

constexpr std::uint8_t kCanonicalVersion = 1;
constexpr std::uint8_t kCreatedFlag = 1;
constexpr std::uint8_t kOriginFlag = 2;

}  // namespace

Bytes canonical_bytes(const RecordState& state) {
  const state_bytes::AuthorNumbers authors(state_bytes::authors_of(state));
  ByteWriter writer;
  writer.u8(kCanonicalVersion);
  writer.varint(state.kind);
  writer.raw(state.id.view());
  writer.varint(authors.authors().size());
  for (const Author& author : authors.authors()) {
    writer.raw(author.device.view());
    writer.raw(author.instance.view());
  }
  const bool created = state.created.number != 0;
  writer.u8(static_cast<std::uint8_t>((created ? kCreatedFlag : 0) | (state.origin ? kOriginFlag : 0)));
  if (created) {
    state_bytes::put_dot(writer, state.created, authors);
    writer.u64(state.created_time.value);
  }
  if (state.origin) {
    writer.raw(state.origin->circle.view());
    writer.raw(state.origin->record.view());
  }
  writer.varint(state.fields.size());
  for (const auto& [key, field] : state.fields)
    state_bytes::put_field(writer, key, {field.entries.begin(), field.entries.end()}, authors);
  writer.varint(state.opaque.size());
  for (const OpaqueOperation& kept : state.opaque) state_bytes::put_opaque(writer, kept, authors);
  return writer.take();
}

Sha256Digest row_hash(const RecordState& state) {
  return Sha256("thuisbasis/1/row").add(canonical_bytes(state)).finish();
}

void add_row(StateDigest& digest, const Sha256Digest& row) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < StateDigest::kSize; ++i) {
    const unsigned sum = unsigned{digest.view()[i]} + row.view()[i] + carry;
    digest.mutable_view()[i] = static_cast<Byte>(sum);
    carry = sum >> 8;
  }
}

void remove_row(StateDigest& digest, const Sha256Digest& row) {
  unsigned borrow = 0;
  for (std::size_t i = 0; i < StateDigest::kSize; ++i) {
    const unsigned difference = 0x100U + digest.view()[i] - row.view()[i] - borrow;
    digest.mutable_view()[i] = static_cast<Byte>(difference);
    borrow = difference < 0x100U ? 1 : 0;
  }
}

}  // namespace thuisbasis
