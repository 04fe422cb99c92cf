// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>

#include "core/base/wire_bytes.h"
#include "core/merge/record_state.h"
#include "core/merge/row_codec.h"

/// The binary forms of entries and kept operations that canonical bytes and row blobs share. Inside this room
/// only.
namespace thuisbasis::state_bytes {

/// Every author that a state names, sorted, without duplicates.
std::vector<Author> authors_of(const RecordState& state);

/// Numbers for a few authors: their places in a sorted list, or what a table gave them.
class AuthorNumbers final {
 public:
  explicit AuthorNumbers(std::vector<Author> sorted) : authors_(std::move(sorted)) {}
  static Result<AuthorNumbers> from(std::vector<Author> sorted, AuthorTable& table);

  const std::vector<Author>& authors() const { return authors_; }
  std::uint32_t of(const Author& author) const;

 private:
  std::vector<Author> authors_;
  std::vector<std::uint32_t> numbers_;  ///< empty: the places
};

/// Author number and change number as varints.
void put_dot(ByteWriter& writer, const Dot& dot, const AuthorNumbers& authors);
Result<Dot> get_dot(ByteReader& reader, AuthorTable& authors);

/// Field number, rule, count of entries; each dot, time, flags, value.
using EntryRefs = std::vector<std::reference_wrapper<const Entry>>;
void put_field(ByteWriter& writer, const FieldKey& key, const EntryRefs& entries,
               const AuthorNumbers& authors);
/// Adds the entries to those of the state's field; does not sort.
Status get_field(ByteReader& reader, RecordState& state, AuthorTable& authors);

void put_opaque(ByteWriter& writer, const OpaqueOperation& kept, const AuthorNumbers& authors);
Result<OpaqueOperation> get_opaque(ByteReader& reader, AuthorTable& authors);

}  // namespace thuisbasis::state_bytes
