// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/record_codec.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/core/schema/records_next.pb.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

using records_next::Everything;

const Schema& next_schema() {
  static const Schema schema = std::move(*Schema::read(*records_next::Person::descriptor()->file()));
  return schema;
}

/// A record that one author saves messages to.
class Saved final {
 public:
  explicit Saved(const KindSchema& kind) : kind_(kind) { state_.kind = kind.number; }

  Status save(const google::protobuf::Message& message) { return save_from(state_, message); }
  /// Saves against a base that was read earlier.
  Status save_from(const RecordState& base, const google::protobuf::Message& message) {
    RecordEdit edit(base, kind_.append_only ? RecordEdit::Mode::kAppendOnly : RecordEdit::Mode::kCreate);
    TB_CHECK(diff(kind_, message, edit));
    last_ = std::move(edit).take();
    if (last_.operations.empty() && !last_.created) return {};
    dot_.number += 1;
    apply(state_, last_, dot_, HybridTime{dot_.number}, kind_.append_only);
    return {};
  }
  template <typename Message>
  Message read() const {
    Message message;
    fill(state_, kind_, message);
    return message;
  }
  const RecordState& state() const { return state_; }
  RecordState& state() { return state_; }
  std::size_t operations() const { return last_.operations.size(); }
  const RecordChange& last() const { return last_; }

 private:
  const KindSchema& kind_;
  RecordState state_;
  Dot dot_;
  RecordChange last_;
};

Everything arbitrary_message() {
  Everything message;
  message.set_an_int32(*rc::gen::arbitrary<std::int32_t>());
  message.set_an_int64(*rc::gen::arbitrary<std::int64_t>());
  message.set_a_uint32(*rc::gen::arbitrary<std::uint32_t>());
  message.set_a_uint64(*rc::gen::arbitrary<std::uint64_t>());
  message.set_a_sint32(*rc::gen::arbitrary<std::int32_t>());
  message.set_a_sint64(*rc::gen::arbitrary<std::int64_t>());
  message.set_a_fixed32(*rc::gen::arbitrary<std::uint32_t>());
  message.set_a_fixed64(*rc::gen::arbitrary<std::uint64_t>());
  message.set_a_sfixed32(*rc::gen::arbitrary<std::int32_t>());
  message.set_a_sfixed64(*rc::gen::arbitrary<std::int64_t>());
  message.set_a_float(*rc::gen::element(0.0F, -1.5F, 3e38F));
  message.set_a_double(*rc::gen::element(0.0, 0.1, -1e300));
  message.set_a_bool(*rc::gen::arbitrary<bool>());
  message.set_a_code(static_cast<records_next::Weather>(*rc::gen::inRange(0, 4)));
  message.set_a_string(*rc::gen::element<std::string>("", "één", "twee"));
  message.set_some_bytes(*rc::gen::element<std::string>("", std::string("\0\xff", 2)));
  if (*rc::gen::arbitrary<bool>()) message.set_an_optional(*rc::gen::element<std::string>("", "er"));
  message.set_a_text(*rc::gen::element<std::string>("", "lang", "langer"));
  for (const int number : *rc::gen::arbitrary<std::set<int>>()) message.add_numbers(number);
  for (const char reader : *rc::gen::arbitrary<std::set<char>>())
    if (reader > 0) message.add_readers(std::string(1, reader));
  message.set_a_count(*rc::gen::inRange<std::int64_t>(-1000, 1000));
  for (const int code : *rc::gen::arbitrary<std::set<int>>())
    message.add_codes(static_cast<records_next::Weather>(code));
  return message;
}

/// Elements of sets have no order.
bool equal(const Everything& a, const Everything& b) {
  google::protobuf::util::MessageDifferencer differ;
  differ.set_repeated_field_comparison(google::protobuf::util::MessageDifferencer::AS_SET);
  return differ.Compare(a, b);
}

RC_GTEST_PROP(RecordCodec, ReadsBackWhatWasSavedHoweverOften, ()) {
  Saved record(*next_schema().kind("Everything"));
  const int saves = *rc::gen::inRange(1, 5);
  for (int i = 0; i < saves; ++i) {
    const Everything message = arbitrary_message();
    RC_ASSERT(record.save(message).has_value());
    RC_ASSERT(equal(record.read<Everything>(), message));
    RC_ASSERT(record.save(message).has_value());
    RC_ASSERT(record.operations() == 0U);
  }
}

TEST(RecordCodec, LeavesUnwrittenDefaultsUnwritten) {
  Saved record(*next_schema().kind("Everything"));
  ASSERT_TRUE(record.save(Everything()).has_value());
  EXPECT_TRUE(record.last().created);
  EXPECT_TRUE(record.state().fields.empty());
}

TEST(RecordCodec, WritesADefaultThatReplacesAValue) {
  Saved record(*next_schema().kind("Everything"));
  Everything message;
  message.set_an_int32(5);
  message.set_an_optional("er");
  ASSERT_TRUE(record.save(message).has_value());
  message.set_an_int32(0);
  message.clear_an_optional();
  ASSERT_TRUE(record.save(message).has_value());
  EXPECT_EQ(shown(record.state().field(1, Rule::kRegister))->value, FieldValue::varint(0));
  EXPECT_EQ(shown(record.state().field(17, Rule::kRegister))->value, FieldValue::none());
  EXPECT_FALSE(record.read<Everything>().has_an_optional());
}

TEST(RecordCodec, WritesOnceFieldsAtCreationOnly) {
  Saved record(*next_schema().kind("Everything"));
  Everything message;
  message.set_once("eerst");
  message.add_once_all("b");
  message.add_once_all("a");
  ASSERT_TRUE(record.save(message).has_value());
  EXPECT_EQ(record.read<Everything>().once_all_size(), 2);
  message.set_a_string("verder");
  EXPECT_TRUE(record.save(message).has_value());
  Everything other = message;
  other.set_once("later");
  EXPECT_EQ(record.save(other).error().code(), Code::kImmutable);
  other = message;
  other.add_once_all("c");
  EXPECT_EQ(record.save(other).error().code(), Code::kImmutable);
}

TEST(RecordCodec, MovesMinAndMaxOneWayOnly) {
  Saved record(*next_schema().kind("Everything"));
  Everything message;
  message.set_earliest(100);
  message.set_highest(1.5);
  ASSERT_TRUE(record.save(message).has_value());
  message.set_earliest(50);
  message.set_highest(2.5);
  ASSERT_TRUE(record.save(message).has_value());
  EXPECT_EQ(record.read<Everything>().earliest(), 50);
  for (const std::int64_t worse : {0, 51}) {
    Everything other = message;
    other.set_earliest(worse);
    EXPECT_EQ(record.save(other).error().code(), Code::kImmutable) << worse;
  }
}

TEST(RecordCodec, ReplacesOnlyWhatTheSavedBaseHadRead) {
  Saved record(*Schema::builtin().kind("Person"));
  records::Person person;
  person.set_name("Noor");
  person.add_contact_preferences("bellen");
  ASSERT_TRUE(record.save(person).has_value());
  const RecordState read = record.state();

  records::Person meanwhile = person;
  meanwhile.set_name("Noortje");
  meanwhile.set_phone("06");
  meanwhile.add_contact_preferences("appen");
  ASSERT_TRUE(record.save(meanwhile).has_value());

  records::Person form = person;
  form.set_name("Eleonora");
  form.clear_contact_preferences();
  ASSERT_TRUE(record.save_from(read, form).has_value());
  EXPECT_EQ(record.read<records::Person>().phone(), "06");
  EXPECT_TRUE(in_conflict(*record.state().field(2, Rule::kRegister)));
  EXPECT_EQ(record.state().field(2, Rule::kRegister)->entries.size(), 2U);
  ASSERT_EQ(record.read<records::Person>().contact_preferences_size(), 1);
  EXPECT_EQ(record.read<records::Person>().contact_preferences(0), "appen");
}

TEST(RecordCodec, LosesNoCountWhenTheBaseIsOld) {
  Saved record(*next_schema().kind("Everything"));
  Everything message;
  message.set_a_count(5);
  ASSERT_TRUE(record.save(message).has_value());
  const RecordState read = record.state();
  message.set_a_count(7);
  ASSERT_TRUE(record.save(message).has_value());
  message.set_a_count(6);
  ASSERT_TRUE(record.save_from(read, message).has_value());
  EXPECT_EQ(record.read<Everything>().a_count(), 8);
}

TEST(RecordCodec, RefusesEditsOfAppendOnlyRecords) {
  Saved record(*next_schema().kind("Pulse"));
  records_next::Pulse pulse;
  pulse.set_value(7);
  pulse.add_reasons("zon");
  ASSERT_TRUE(record.save(pulse).has_value());
  EXPECT_EQ(record.read<records_next::Pulse>().reasons(0), "zon");
  EXPECT_TRUE(record.save(pulse).has_value());
  pulse.set_value(8);
  EXPECT_EQ(record.save(pulse).error().code(), Code::kImmutable);
}

TEST(RecordCodec, CarriesFieldsOfALaterVersionThroughOldMessages) {
  const KindSchema& next = *next_schema().kind("Person");
  const KindSchema& old = *Schema::builtin().kind("Person");
  Saved record(next);
  records_next::Person person;
  person.set_name("Noor");
  person.set_nickname("Noortje");
  ASSERT_TRUE(record.save(person).has_value());

  records::Person seen_by_old;
  fill(record.state(), old, seen_by_old);
  EXPECT_EQ(seen_by_old.name(), "Noor");
  records_next::Person through_old;
  ASSERT_TRUE(through_old.ParseFromString(seen_by_old.SerializeAsString()));
  EXPECT_EQ(through_old.nickname(), "Noortje");

  seen_by_old.set_phone("06");
  RecordEdit edit(record.state(), RecordEdit::Mode::kUpdate);
  ASSERT_TRUE(diff(old, seen_by_old, edit).has_value());
  Dot dot;
  dot.number = 99;
  apply(record.state(), std::move(edit).take(), dot, HybridTime{99}, false);
  EXPECT_EQ(record.read<records_next::Person>().nickname(), "Noortje");
  EXPECT_EQ(record.read<records_next::Person>().phone(), "06");
}

TEST(RecordCodec, LeavesForeignNonsenseAlone) {
  Saved record(*Schema::builtin().kind("Person"));
  RecordChange nonsense;
  nonsense.kind = 2;
  nonsense.operations.push_back({2, 1, {}, FieldValue::bytes(Bytes{0xff}), false});
  nonsense.operations.push_back({3, 1, {}, FieldValue::text("soms"), false});
  Dot dot;
  dot.number = 7;
  apply(record.state(), nonsense, dot, HybridTime{1}, false);
  const auto person = record.read<records::Person>();
  EXPECT_EQ(person.name(), "");
  EXPECT_EQ(person.birth_year(), 0);
  ASSERT_TRUE(record.save(person).has_value());
  EXPECT_EQ(record.operations(), 0U);
}

}  // namespace
}  // namespace thuisbasis
