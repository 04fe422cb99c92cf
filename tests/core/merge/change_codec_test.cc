// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/merge/dot_list.h"
#include "tests/core/merge/script.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

using merge_testing::author;
using merge_testing::record_id;

/// A change by author 1 with something of everything.
Change full_change() {
  Change change;
  change.dot = Dot{author(1), 1000};
  change.time = HybridTime::from_ms(1'700'000'000'000, 3);
  change.seen.raise(author(2), 17);
  change.seen.raise(author(0), UINT32_MAX);
  RecordChange created{record_id(1), 4, true, Origin{CircleId(), record_id(3)}, {}};
  created.operations.push_back({8, static_cast<std::uint8_t>(Rule::kOnce), {}, FieldValue::text(""), false});
  change.records.push_back(created);
  RecordChange edited{record_id(2), 4, false, {}, {}};
  edited.operations.push_back({1,
                               static_cast<std::uint8_t>(Rule::kRegister),
                               {Dot{author(1), 1}, Dot{author(1), 999}, Dot{author(3), 5}},
                               FieldValue::none(),
                               false});
  edited.operations.push_back({2,
                               static_cast<std::uint8_t>(Rule::kMax),
                               {},
                               FieldValue{ValueShape::kFixed64, UINT64_MAX, {}},
                               false});
  edited.operations.push_back({3,
                               static_cast<std::uint8_t>(Rule::kSet),
                               {Dot{author(2), 1}},
                               FieldValue{ValueShape::kFixed32, 7, {}},
                               true});
  edited.operations.push_back({0,
                               static_cast<std::uint8_t>(Rule::kLifecycle),
                               {},
                               FieldValue::bytes(encode_dots({Dot{author(1), 1}})),
                               true});
  edited.operations.push_back({kFieldNumberMax, 255, {}, std::nullopt, true});
  change.records.push_back(edited);
  return change;
}

change::Change full_message() {
  change::Change message;
  const Bytes bytes = encode_change(full_change()).value();
  EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return message;
}

TEST(ChangeCodec, TellsRecordsOfOneIdApartByTheirKind) {
  Change change = full_change();
  change.records[1].kind = change.records[0].kind + 1;
  change.records[1].record = change.records[0].record;
  const auto bytes = encode_change(change);
  ASSERT_TRUE(bytes) << bytes.error().message();
  EXPECT_EQ(decode_change(change.dot.author, *bytes).value(), change);
  change.records[1].kind = change.records[0].kind;
  EXPECT_FALSE(encode_change(change));
}

Code refusal(const change::Change& message) {
  const auto read = decode_change(author(1), as_bytes(message.SerializeAsString()));
  return read ? Code::kInternal : read.error().code();
}

TEST(ChangeCodec, ReadsBackWhatItWrote) {
  const Bytes bytes = encode_change(full_change()).value();
  EXPECT_EQ(decode_change(author(1), bytes).value(), full_change());
  EXPECT_EQ(encode_change(full_change()).value(), bytes);
}

TEST(ChangeCodec, LeavesItsOwnPastUnsaid) {
  Change change = full_change();
  change.seen.raise(author(1), 999);
  EXPECT_EQ(encode_change(change).value(), encode_change(full_change()).value());
}

TEST(ChangeCodec, DependsOnItsPastOnWhatItSawAndOnWhatItReplaces) {
  const Frontier needed = dependencies(full_change());
  EXPECT_EQ(needed.at(author(1)), 999U);
  EXPECT_EQ(needed.at(author(2)), 17U);
  EXPECT_EQ(needed.at(author(0)), UINT32_MAX);
  EXPECT_EQ(needed.at(author(3)), 5U);
}

TEST(ChangeCodec, CostsASmallEditLittle) {
  Change change;
  change.dot = Dot{author(1), 70'000};
  change.time = HybridTime::from_ms(1'700'000'000'000);
  change.records.push_back({record_id(1), 4, false, {}, {}});
  change.records[0].operations.push_back({5,
                                          static_cast<std::uint8_t>(Rule::kRegister),
                                          {Dot{author(1), 69'990}},
                                          FieldValue::varint(45),
                                          false});
  EXPECT_LE(encode_change(change).value().size(), 48U);
}

TEST(ChangeCodec, RefusesWhatCannotBe) {
  using Break = void (*)(change::Change&);
  const std::pair<const char*, Break> breaks[] = {
      {"number zero", [](change::Change& c) { c.set_number(0); }},
      {"number too high", [](change::Change& c) { c.set_number(UINT64_MAX); }},
      {"author of 39 bytes", [](change::Change& c) { c.mutable_authors(0)->pop_back(); }},
      {"author of 41 bytes", [](change::Change& c) { c.mutable_authors(0)->push_back('x'); }},
      {"authors out of order", [](change::Change& c) { c.mutable_authors()->SwapElements(0, 1); }},
      {"author twice", [](change::Change& c) { c.set_authors(1, c.authors(0)); }},
      {"author itself",
       [](change::Change& c) {
         std::string self(c.authors(0).size(), '\0');
         self[0] = 1;
         self[39] = 1;
         c.set_authors(0, self);
       }},
      {"seen by halves", [](change::Change& c) { c.mutable_seen()->RemoveLast(); }},
      {"seen itself", [](change::Change& c) { c.set_seen(0, 0); }},
      {"seen an author that is not listed", [](change::Change& c) { c.set_seen(0, 9); }},
      {"seen number zero", [](change::Change& c) { c.set_seen(1, 0); }},
      {"seen an author twice", [](change::Change& c) { c.set_seen(2, c.seen(0)); }},
      {"record id of 15 bytes", [](change::Change& c) { c.mutable_records(0)->mutable_record()->pop_back(); }},
      {"record without id", [](change::Change& c) { c.mutable_records(0)->clear_record(); }},
      {"record without kind", [](change::Change& c) { c.mutable_records(0)->set_kind(0); }},
      {"record twice",
       [](change::Change& c) {
         c.mutable_records(1)->set_record(c.records(0).record());
         c.mutable_records(1)->set_kind(c.records(0).kind());
       }},
      {"origin of 31 bytes", [](change::Change& c) { c.mutable_records(0)->mutable_origin()->pop_back(); }},
      {"origin without creation", [](change::Change& c) { c.mutable_records(0)->set_created(false); }},
      {"no rule", [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->clear_rule(); }},
      {"rule beyond a byte",
       [](change::Change& c) {
         c.mutable_records(1)->mutable_operations(0)->set_rule(static_cast<rules::MergeRule>(256));
       }},
      {"negative rule",
       [](change::Change& c) {
         c.mutable_records(1)->mutable_operations(0)->set_rule(static_cast<rules::MergeRule>(-1));
       }},
      {"field beyond protobuf's",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_field(kFieldNumberMax + 1); }},
      {"value under field 0", [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_field(0); }},
      {"deletion of a field", [](change::Change& c) { c.mutable_records(1)->mutable_operations(3)->set_field(1); }},
      {"replaces by halves",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->mutable_replaces()->RemoveLast(); }},
      {"replaces an author that is not listed",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_replaces(4, 4); }},
      {"replaces number zero",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_replaces(5, 0); }},
      {"replaces itself", [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_replaces(1, 0); }},
      {"counts back below 1",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_replaces(1, 1000); }},
      {"clear that clears nothing",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_clear(false); }},
      {"register with a removal",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(0)->set_removed(true); }},
      {"set without an element",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(2)->clear_entry(); }},
      {"emptied set element",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(2)->set_clear(true); }},
      {"max without a value", [](change::Change& c) { c.mutable_records(1)->mutable_operations(1)->clear_entry(); }},
      {"once that replaces",
       [](change::Change& c) {
         c.mutable_records(0)->mutable_operations(0)->add_replaces(0);
         c.mutable_records(0)->mutable_operations(0)->add_replaces(1);
       }},
      {"counter of text",
       [](change::Change& c) {
         c.mutable_records(0)->mutable_operations(0)->set_rule(rules::COUNTER);
       }},
      {"deletion that is none",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(3)->set_removed(false); }},
      {"undeletion marked as removal",
       [](change::Change& c) { c.mutable_records(1)->mutable_operations(3)->clear_entry(); }},
  };
  EXPECT_EQ(refusal(full_message()), Code::kInternal);
  for (const auto& [name, break_it] : breaks) {
    change::Change message = full_message();
    break_it(message);
    EXPECT_EQ(refusal(message), Code::kMalformed) << name;
  }
}

TEST(ChangeCodec, RefusesToWriteWhatItWouldNotRead) {
  Change change = full_change();
  change.records[1].operations[0].replaces[0] = change.dot;
  EXPECT_EQ(encode_change(change).error().code(), Code::kInvalidArgument);
  change = full_change();
  change.records.push_back(change.records[0]);
  EXPECT_EQ(encode_change(change).error().code(), Code::kInvalidArgument);
  change = full_change();
  change.dot.number = 0;
  EXPECT_EQ(encode_change(change).error().code(), Code::kInvalidArgument);
}

TEST(ChangeCodec, LimitsItsSize) {
  Change change = full_change();
  change.records[0].operations[0].entry = FieldValue::text(std::string(kChangeBytesMax, 'a'));
  EXPECT_EQ(encode_change(change).error().code(), Code::kTooLarge);
  EXPECT_EQ(decode_change(author(1), Bytes(kChangeBytesMax + 1)).error().code(), Code::kTooLarge);

  change::Change many;
  many.set_number(1);
  for (std::size_t i = 0; i <= kChangeRecordsMax; ++i) many.add_records();
  EXPECT_EQ(refusal(many), Code::kTooLarge);
  change::Change authors;
  authors.set_number(1);
  for (std::size_t i = 0; i <= kChangeAuthorsMax; ++i) authors.add_authors();
  EXPECT_EQ(refusal(authors), Code::kTooLarge);
}

RC_GTEST_PROP(ChangeCodec, NeverFailsOtherThanByAnErrorOnDamage, ()) {
  Bytes bytes = encode_change(full_change()).value();
  const int damages = *rc::gen::inRange(1, 6);
  for (int i = 0; i < damages; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    if (*rc::gen::arbitrary<bool>())
      bytes[at] = *rc::gen::arbitrary<Byte>();
    else
      bytes.resize(at + 1);
  }
  const auto read = decode_change(author(1), bytes);
  // What is read can be written and read again, and applied.
  if (!read) return;
  const auto again = encode_change(*read);
  RC_ASSERT(again.has_value());
  RC_ASSERT(decode_change(author(1), *again).value() == *read);
  for (const RecordChange& record : read->records) {
    RecordState state;
    apply(state, record, read->dot, read->time, true);
    RC_ASSERT(!canonical_bytes(state).empty());
    (void)presence(state, false);
  }
}

}  // namespace
}  // namespace thuisbasis
