// SPDX-License-Identifier: EUPL-1.2
// How a bundle's changes are packed, without anything around it.
//
// The first byte is even: the second counts changes, then come outline and loose bytes as parts, and the rest
// are texts. The first byte is odd: the rest is a Change, which is packed as often as the second byte says,
// each time under the next number; from 128 on without an outline.
#include "core/pack/packed_changes.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr std::size_t kCopiesMax = 8;

/// What was unpacked or written comes out of a packing of its own.
void expect_again(std::uint64_t first, std::span<const CarriedChange> changes, Outlines outlines) {
  const PackedChanges packed = pack_changes(first, changes, outlines);
  const auto read = unpack_changes(first, changes.size(), packed.outline, packed.loose, packed.texts);
  expect(read.has_value(), "what was packed can be unpacked");
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const UnpackedChange& change = (*read)[i];
    expect(change.content == as_text(changes[i].bytes) && change.commitment == changes[i].commitment &&
               change.salt == changes[i].salt,
           "and is what was packed");
  }
}

void unpack_foreign(std::uint64_t count, ByteView outline, ByteView loose, ByteView texts) {
  const auto read = unpack_changes(1, count, outline, loose, texts);
  if (!read) {
    const Code code = read.error().code();
    expect(code == Code::kMalformed || code == Code::kTooLarge, "bad packing is told as one");
    return;
  }
  expect(read->size() == count, "as many changes as were asked for");
  std::vector<CarriedChange> changes;
  for (const UnpackedChange& change : *read)
    changes.push_back({as_bytes(change.content), change.commitment, change.salt});
  expect_again(1, changes, Outlines::kAllowed);
}

void pack_own(std::size_t copies, Outlines outlines, ByteView bytes) {
  std::vector<std::string> contents{to_string(bytes)};
  std::uint64_t first = 1;
  change::Change change;
  if (change.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    first = change.number();
    for (std::size_t i = 1; i < copies; ++i) {
      change.set_number(first + i);
      contents.push_back(change.SerializeAsString());
    }
  }
  std::vector<CarriedChange> changes;
  for (const std::string& content : contents) changes.push_back({as_bytes(content), {}, {}});
  expect_again(first, changes, outlines);
}

}  // namespace

void fuzz(ByteView input) {
  Input parts(input);
  const bool own = parts.byte() % 2 != 0;
  const std::size_t count = parts.byte();
  if (own)
    return pack_own(1 + count % kCopiesMax, count < 128 ? Outlines::kAllowed : Outlines::kNone, parts.rest());
  const ByteView outline = parts.part();
  const ByteView loose = parts.part();
  unpack_foreign(count, outline, loose, parts.rest());
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::change::Change, 2)
