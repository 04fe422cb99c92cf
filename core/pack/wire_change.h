// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis {

/// Which of the fields of an Operation's `entry` is there.
enum class EntryField : std::uint8_t { kNone, kVarint, kFixed64, kFixed32, kData, kClear };

/// An Operation of proto/thuisbasis/change.proto, by its fields and without their meaning.
struct WireOperation {
  std::uint32_t field = 0;
  std::uint32_t rule = 0;
  bool removed = false;
  EntryField entry = EntryField::kNone;
  std::uint64_t number = 0;                                       ///< of kVarint, kFixed64, kFixed32
  ByteView data;                                                  ///< of kData
  std::vector<std::pair<std::uint64_t, std::uint64_t>> replaces;  ///< author index, number
};

struct WireRecord {
  ByteView record;
  std::uint32_t kind = 0;
  bool created = false;
  ByteView origin;  ///< empty when there is none
  std::vector<WireOperation> operations;
};

/// A Change of proto/thuisbasis/change.proto. Its views are into the bytes it was read from.
struct WireChange {
  std::uint64_t number = 0;
  std::uint64_t time = 0;
  std::vector<ByteView> authors;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;  ///< author index, number
  std::vector<WireRecord> records;
};

/// The fields of a serialized Change. Nothing for what is no Change, or has fields that this version does not
/// know. A change whose fields stand in another order or form is read too: write_wire_change gives other
/// bytes then.
std::optional<WireChange> read_wire_change(ByteView bytes);

/// Serializes in the one form that PROTOCOL.md P-151 states: fields ascending, defaults left out, numbers
/// packed.
std::string write_wire_change(const WireChange& change);

}  // namespace thuisbasis
