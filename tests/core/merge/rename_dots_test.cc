// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/rename_dots.h"

#include <gtest/gtest.h>

#include "core/merge/dot_list.h"
#include "tests/core/merge/script.h"

namespace thuisbasis {
namespace {

using merge_testing::author;
using merge_testing::record_id;

/// By that author under that number: edits a field that it wrote before, and deletes another record.
Change change_of(int by, std::uint64_t number) {
  Change change;
  change.dot = Dot{author(by), number};
  change.time = HybridTime::from_ms(1'700'000'000'000, 3);
  const Dot before{author(by), number - 1};
  change.records.push_back(
      {record_id(1),
       4,
       false,
       {},
       {{1, static_cast<std::uint8_t>(Rule::kRegister), {before}, FieldValue::text("nieuw"), false}}});
  change.records.push_back({record_id(2),
                            4,
                            false,
                            {},
                            {{kLifecycleField,
                              static_cast<std::uint8_t>(Rule::kLifecycle),
                              {},
                              FieldValue::bytes(encode_dots({before})),
                              true}}});
  return change;
}

TEST(RenameDots, LeavesTheSameButForDots) {
  const Change former = change_of(1, 8);
  Change renamed = former;
  ASSERT_TRUE(
      rename_dots(renamed, {{Dot{author(1), 8}, Dot{author(2), 2}}, {Dot{author(1), 7}, Dot{author(2), 1}}}));
  renamed.seen.raise(author(1), 6);
  EXPECT_FALSE(renamed == former);
  EXPECT_TRUE(is_same_but_for_dots(former, renamed));
  renamed.seen = {};
  EXPECT_EQ(renamed, change_of(2, 2));
}

TEST(RenameDots, TellsOtherWorkOfTheSameNumber) {
  const Change former = change_of(1, 8);
  const auto differs = [&](auto alter) {
    Change other = former;
    alter(other);
    return !is_same_but_for_dots(former, other);
  };
  EXPECT_TRUE(differs([](Change& other) { other.time = HybridTime::from_ms(1'700'000'000'000, 4); }));
  EXPECT_TRUE(differs([](Change& other) { other.records.pop_back(); }));
  EXPECT_TRUE(differs([](Change& other) { other.records[0].record = record_id(3); }));
  EXPECT_TRUE(differs([](Change& other) { other.records[0].created = true; }));
  EXPECT_TRUE(
      differs([](Change& other) { other.records[0].operations[0].entry = FieldValue::text("anders"); }));
  EXPECT_TRUE(differs([](Change& other) { other.records[0].operations[0].field = 2; }));
  EXPECT_TRUE(differs([](Change& other) { other.records[1].operations[0].entry.reset(); }));
}

}  // namespace
}  // namespace thuisbasis
