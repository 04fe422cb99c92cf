// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/packed_changes.h"
#include "core/verify/messages.h"
#include "tests/core/circle/golden_vectors.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

using circle_test::golden;
using circle_test::pattern;
using circle_test::result_class;
using circle_test::VectorCase;

/// One after the other what a vector of packed changes carries: bytes, or with `withheld` a commitment.
std::vector<Bytes> vector_changes() {
  const auto record_of = [](change::Change & change, std::uint64_t number, const Bytes& id) -> auto& {
    change.set_number(number);
    change.set_time((1'775'027'952'947 + number * 1000) << 16 | (number % 2));
    change::RecordChange& record = *change.add_records();
    record.set_record(field_of(id));
    record.set_kind(4);
    return record;
  };
  const auto operation = [](change::RecordChange& record, std::uint32_t field) -> change::Operation& {
    change::Operation& added = *record.add_operations();
    added.set_field(field);
    added.set_rule(rules::REGISTER);
    return added;
  };
  std::vector<Bytes> changes;
  change::Change first;
  change::RecordChange& created = record_of(first, 5, pattern(16, 0xa0));
  first.add_authors(field_of(pattern(40, 0x01)));
  for (const std::uint64_t seen : {1U, 300U}) first.add_seen(seen);
  created.set_created(true);
  created.set_origin(field_of(pattern(32, 0xc0)));
  operation(created, 1).set_data(field_of(pattern(16, 0xb0)));
  operation(created, 2).set_data("Moeder belt morgen de gemeente.");
  operation(created, 3).set_varint(1'775'027'957'947);
  operation(created, 4).set_varint(1'775'027'957'947 - 3'600'000);
  operation(created, 5).set_varint(1'775'030'400'000);
  operation(created, 6).set_varint(1'775'027'950'001);
  operation(created, 7).set_varint(45);
  operation(created, 100'001).set_fixed64_value(UINT64_MAX);
  operation(created, 100'002).set_fixed32_value(7);
  changes.push_back(encode_message(first));
  change::Change second;
  change::RecordChange& edited = record_of(second, 6, pattern(16, 0xa0));
  change::Operation& minutes = operation(edited, 7);
  for (const std::uint64_t replaced : {0U, 1U}) minutes.add_replaces(replaced);
  minutes.set_varint(50);
  change::Operation& cleared = operation(edited, 2);
  for (const std::uint64_t replaced : {0U, 1U, 1U, 299U}) cleared.add_replaces(replaced);
  cleared.set_clear(true);
  changes.push_back(encode_message(second));
  changes.push_back(to_bytes(as_bytes("no change, carried whole")));
  change::Change fourth;
  change::RecordChange& deleted = record_of(fourth, 8, pattern(16, 0xb0));
  change::Operation& deletion = *deleted.add_operations();
  deletion.set_rule(rules::LIFECYCLE);
  deletion.set_data("");
  deletion.set_removed(true);
  changes.push_back(encode_message(fourth));
  return changes;
}

Result<std::vector<UnpackedChange>> unpack_case(const VectorCase& one) {
  return unpack_changes(one.integer("first"), one.integer("count"), one.bytes("outline"), one.bytes("loose"),
                        one.bytes("texts"));
}

std::vector<VectorCase> make_packing() {
  const std::vector<Bytes> changes = vector_changes();
  std::vector<CarriedChange> carried;
  for (const Bytes& change : changes) carried.push_back({change, {}, {}});
  carried.back().salt = *ChangeSalt::from(pattern(16, 0x70));
  carried.push_back({{}, *ChangeCommitment::from(pattern(32, 0xe0)), {}});
  const PackedChanges packed = pack_changes(5, carried);
  VectorCase whole("four changes and one that was withheld", "ok");
  for (const Bytes& change : changes) whole.hex("change", change);
  whole.hex("salt", carried[3].salt->view()).hex("withheld", carried[4].commitment->view());
  std::vector<VectorCase> cases;
  const auto add = [&](VectorCase one, std::uint64_t count, const PackedChanges& parts) {
    one.number("first", 5).number("count", count);
    one.hex("outline", parts.outline).hex("loose", parts.loose).hex("texts", parts.texts);
    cases.push_back(one);
  };
  add(whole, 5, packed);
  const auto failure = [&](const char* name, std::uint64_t count, Bytes PackedChanges::*part, int longer) {
    PackedChanges parts = packed;
    Bytes& altered = parts.*part;
    altered.resize(static_cast<std::size_t>(static_cast<int>(altered.size()) + longer), Byte{1});
    const auto result = unpack_changes(5, count, parts.outline, parts.loose, parts.texts);
    add(VectorCase(name, result_class(result)), count, parts);
  };
  failure("one change too few", 4, &PackedChanges::outline, 0);
  failure("one change too many", 6, &PackedChanges::outline, 0);
  failure("outline cut short", 5, &PackedChanges::outline, -20);
  failure("outline that goes on", 5, &PackedChanges::outline, 8);
  failure("loose bytes cut short", 5, &PackedChanges::loose, -1);
  failure("loose bytes left over", 5, &PackedChanges::loose, 1);
  failure("texts cut short", 5, &PackedChanges::texts, -1);
  failure("texts left over", 5, &PackedChanges::texts, 1);
  return cases;
}

TEST(Vectors, ChangesArePackedAsTheySay) {
  const auto cases =
      golden("packing.txt",
             "Packed changes (PROTOCOL.md, chapter 3, packing). Texts as they are before compression.",
             make_packing());
  ASSERT_FALSE(cases.empty());
  const auto read = unpack_case(cases[0]);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 5U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(to_hex(as_bytes((*read)[i].content)), cases[0].all("change")[i]);
  EXPECT_EQ(to_hex((*read)[3].salt->view()), cases[0].get("salt"));
  EXPECT_EQ(to_hex((*read)[4].commitment->view()), cases[0].get("withheld"));
  for (const VectorCase& one : cases) {
    EXPECT_EQ(result_class(unpack_case(one)), one.get("result")) << one.get("name");
    EXPECT_EQ(one.get("result") == "ok", &one == &cases[0]) << one.get("name");
  }
}

}  // namespace
}  // namespace thuisbasis
