// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/wire_change.h"

#include <gtest/gtest.h>

#include "tests/core/pack/changes.h"

namespace thuisbasis {
namespace {

using pack_testing::edit;
using pack_testing::full;
using pack_testing::visit;

/// What comes out of reading and writing; nothing when it is not read.
std::optional<std::string> again(const std::string& bytes) {
  const auto change = read_wire_change(as_bytes(bytes));
  if (!change) return std::nullopt;
  return write_wire_change(*change);
}

TEST(WireChange, IsWrittenAsProtobufWritesIt) {
  for (const change::Change& message :
       {change::Change(), visit(1, "text"), edit(9, 1, 60), full(4'000'000'000)}) {
    const std::string bytes = message.SerializeAsString();
    EXPECT_EQ(again(bytes), bytes) << message.DebugString();
  }
}

TEST(WireChange, IsReadAtTheEdgesOfItsNumbers) {
  change::Change message = visit(UINT64_MAX, "");
  message.set_time(UINT64_MAX);
  message.mutable_records(0)->set_kind(UINT32_MAX);
  message.mutable_records(0)->mutable_operations(0)->set_field(UINT32_MAX);
  const std::string bytes = message.SerializeAsString();
  EXPECT_EQ(again(bytes), bytes);
}

TEST(WireChange, IsNotReadWithFieldsOfALaterVersion) {
  for (const std::string& unknown : {std::string("\x30\x01"), std::string("\x32\x00", 2)}) {
    EXPECT_EQ(again(visit(1, "").SerializeAsString() + unknown), std::nullopt);
    change::Change message = visit(1, "");
    std::string record = message.records(0).SerializeAsString() + unknown;
    message.clear_records();
    EXPECT_EQ(again(message.SerializeAsString() + '\x2a' + static_cast<char>(record.size()) + record),
              std::nullopt);
  }
  // Of an operation, number 10.
  EXPECT_EQ(again("\x2a\x04\x2a\x02\x50\x01"), std::nullopt);
}

TEST(WireChange, InAnotherFormGivesOtherBytes) {
  const std::string canonical = visit(3, "").SerializeAsString();
  ASSERT_EQ(canonical.substr(0, 2), "\x08\x03");
  const std::string rest = canonical.substr(2);
  for (const std::string& other : {
           rest + "\x08\x03",                       // fields in another order
           "\x08\x04\x08\x03" + rest,               // a field twice
           std::string("\x08\x83\x00", 3) + rest,   // a number longer than it has to be
           canonical + std::string("\x22\x00", 2),  // an empty list that is written down
       }) {
    const auto bytes = again(other);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*bytes, canonical);
    EXPECT_NE(*bytes, other);
  }
}

TEST(WireChange, IsNotReadWhenItIsNone) {
  EXPECT_EQ(again("not a change"), std::nullopt);
  for (const std::string& bytes : {
           std::string("\x00\x00", 2),                                       // field 0
           std::string("\x08"),                                              // a number that is not there
           std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  // longer than 64 bits
           std::string("\x11\x01\x02"),                                      // a time cut short
           std::string("\x1a\x28\x01"),                                      // an author cut short
           std::string("\x22\x01\x01"),                                      // half a pair
           std::string("\x2a\x06\x10\xff\xff\xff\xff\x7f"),                  // a kind of 35 bits
           std::string("\x2a\x02\x18\x02"),                                  // neither true nor false
           std::string("\x2a\x04\x2a\x02\x40\x00", 6),                       // clears nothing
       })
    EXPECT_EQ(again(bytes), std::nullopt) << to_hex(as_bytes(bytes));
}

TEST(WireChange, CutShortNeverComesOutTheSame) {
  const std::string bytes = full(7).SerializeAsString();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    const auto read = again(cut);
    if (!read) continue;
    change::Change message;
    EXPECT_TRUE(message.ParseFromString(cut)) << size;
  }
}

}  // namespace
}  // namespace thuisbasis
