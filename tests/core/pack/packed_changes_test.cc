// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/packed_changes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/verify/protocol.h"
#include "tests/core/pack/changes.h"

namespace thuisbasis {
namespace {

using pack_testing::edit;
using pack_testing::full;
using pack_testing::visit;

std::vector<CarriedChange> carried(const std::vector<std::string>& contents) {
  std::vector<CarriedChange> changes;
  for (const std::string& content : contents) changes.push_back({as_bytes(content), {}, {}});
  return changes;
}

Result<std::vector<UnpackedChange>> unpacked(std::uint64_t first, std::uint64_t count,
                                             const PackedChanges& packed) {
  return unpack_changes(first, count, packed.outline, packed.loose, packed.texts);
}

/// Packs and unpacks; what comes out, or nothing.
std::optional<std::vector<std::string>> again(std::uint64_t first, const std::vector<std::string>& contents,
                                              Outlines outlines = Outlines::kAllowed) {
  const auto changes = carried(contents);
  const auto read = unpacked(first, changes.size(), pack_changes(first, changes, outlines));
  if (!read) return std::nullopt;
  std::vector<std::string> result;
  for (const UnpackedChange& change : *read) result.push_back(change.content);
  return result;
}

std::size_t size_of(const PackedChanges& packed) {
  return packed.outline.size() + packed.loose.size() + packed.texts.size();
}

// ---- Random changes: what any program could have written

namespace gen = rc::gen;

rc::Gen<std::string> data() {
  return gen::oneOf(
      gen::map(gen::inRange(0, 4), [](int n) { return std::string(16, static_cast<char>(0xf0 + n)); }),
      gen::element<std::string>("", "draft", "a text of 16 byt", "shared"), gen::arbitrary<std::string>());
}

rc::Gen<std::uint64_t> number() {
  return gen::oneOf(
      gen::inRange<std::uint64_t>(0, 4), gen::arbitrary<std::uint64_t>(),
      gen::map(gen::inRange(-1'000, 1'000),
               [](int minutes) { return pack_testing::kNow + static_cast<std::uint64_t>(minutes) * 60'000; }),
      gen::just<std::uint64_t>(UINT64_MAX));
}

void add_operation(change::RecordChange& record) {
  change::Operation& operation = *record.add_operations();
  operation.set_field(*gen::oneOf(gen::inRange<std::uint32_t>(0, 5), gen::arbitrary<std::uint32_t>()));
  operation.set_rule(static_cast<rules::MergeRule>(*gen::inRange(0, 12)));
  for (const std::uint64_t replaced : *gen::oneOf(gen::just(std::vector<std::uint64_t>()),
                                                  gen::container<std::vector<std::uint64_t>>(number())))
    operation.add_replaces(replaced);
  switch (*gen::inRange(0, 6)) {
    case 0:
      operation.set_varint(*number());
      break;
    case 1:
      operation.set_fixed64_value(*number());
      break;
    case 2:
      operation.set_fixed32_value(*gen::arbitrary<std::uint32_t>());
      break;
    case 3:
      operation.set_data(*data());
      break;
    case 4:
      operation.set_clear(*gen::inRange(0, 8) != 0);
      break;
    default:
      break;
  }
  operation.set_removed(*gen::inRange(0, 8) == 0);
}

/// A change of this number, or nearly; now and then with parts no version of ours would write.
std::string any_change(std::uint64_t number_of_place) {
  change::Change change;
  change.set_number(*gen::inRange(0, 10) == 0 ? *number() : number_of_place);
  change.set_time(*gen::oneOf(gen::just(pack_testing::kNow << 16), number()));
  const int authors = *gen::inRange(0, 3);
  for (int i = 0; i < authors; ++i)
    change.add_authors(
        std::string(*gen::inRange(0, 20) == 0 ? 39 : 40, static_cast<char>('a' + *gen::inRange(0, 3))));
  for (const std::uint64_t seen : *gen::container<std::vector<std::uint64_t>>(number()))
    change.add_seen(seen);
  const int records = *gen::inRange(0, 4);
  for (int r = 0; r < records; ++r) {
    change::RecordChange& record = *change.add_records();
    record.set_record(*gen::inRange(0, 20) == 0
                          ? "short"
                          : pack_testing::id(static_cast<unsigned char>(*gen::inRange(0, 6))));
    record.set_kind(*gen::oneOf(gen::inRange<std::uint32_t>(0, 9), gen::arbitrary<std::uint32_t>()));
    record.set_created(*gen::arbitrary<bool>());
    if (*gen::inRange(0, 6) == 0) record.set_origin(std::string(32, 'o'));
    const int operations = *gen::inRange(0, 5);
    for (int o = 0; o < operations; ++o) add_operation(record);
  }
  std::string bytes = change.SerializeAsString();
  switch (*gen::inRange(0, 12)) {
    case 0:
      return bytes + std::string("\x78\x05");  // a field of a later version
    case 1:
      return *gen::arbitrary<std::string>();
    case 2:
      return bytes.substr(0, bytes.size() / 2);
    default:
      return bytes;
  }
}

RC_GTEST_PROP(PackedChanges, ComeOutAsTheyWentIn, ()) {
  const std::uint64_t first =
      *gen::oneOf(gen::just<std::uint64_t>(1), gen::inRange<std::uint64_t>(1, UINT64_MAX - 100));
  const auto count = *gen::inRange<std::uint64_t>(0, 12);
  std::vector<std::string> contents;
  for (std::uint64_t i = 0; i < count; ++i) contents.push_back(any_change(first + i));
  std::vector<CarriedChange> changes = carried(contents);
  for (CarriedChange& change : changes) {
    if (*gen::inRange(0, 5) == 0) change.salt = *ChangeSalt::from(Bytes(16, 0x5a));
    if (*gen::inRange(0, 5) == 0) change = {{}, ChangeCommitment::from(Bytes(32, 0xcc)).value(), {}};
  }
  for (const Outlines outlines : {Outlines::kAllowed, Outlines::kNone}) {
    const PackedChanges packed = pack_changes(first, changes, outlines);
    const auto read = unpacked(first, count, packed);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->size() == changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      RC_ASSERT(as_bytes((*read)[i].content).size() == changes[i].bytes.size());
      RC_ASSERT((*read)[i].content == as_text(changes[i].bytes));
      RC_ASSERT((*read)[i].commitment == changes[i].commitment);
      RC_ASSERT((*read)[i].salt == changes[i].salt);
    }
    const PackedChanges twice = pack_changes(first, changes, outlines);
    RC_ASSERT(twice.outline == packed.outline && twice.loose == packed.loose && twice.texts == packed.texts);
  }
}

RC_GTEST_PROP(PackedChanges, OfForeignBytesAreChangesOrRefused,
              (const std::vector<std::uint8_t>& outline, const std::vector<std::uint8_t>& loose)) {
  const auto read = unpack_changes(1, *gen::inRange<std::uint64_t>(0, 20), outline, loose, Bytes(100, 'x'));
  if (!read) RC_ASSERT(read.error().code() == Code::kMalformed || read.error().code() == Code::kTooLarge);
}

TEST(PackedChanges, AreNothingForNoChanges) {
  EXPECT_EQ(size_of(pack_changes(1, {})), 0U);
  EXPECT_TRUE(unpack_changes(1, 0, {}, {}, {}));
}

TEST(PackedChanges, HaveEveryFieldThereIs) {
  const std::vector<std::string> contents{full(90'001).SerializeAsString(), full(90'002).SerializeAsString()};
  const PackedChanges packed = pack_changes(90'001, carried(contents));
  EXPECT_TRUE(packed.texts.empty());  // told, not carried whole
  EXPECT_EQ(again(90'001, contents), contents);
}

TEST(PackedChanges, HoldTextsOnceAndIdsOnce) {
  std::vector<std::string> contents;
  for (std::uint64_t i = 1; i <= 10; ++i) contents.push_back(visit(i, "the same words").SerializeAsString());
  const PackedChanges packed = pack_changes(1, carried(contents));
  EXPECT_EQ(as_text(packed.texts), "the same words");
  EXPECT_EQ(packed.loose.size(), (10 + 1) * 16U);
  EXPECT_EQ(again(1, contents), contents);
}

TEST(PackedChanges, TellWhatFollowsInAFewBits) {
  std::vector<std::string> contents{visit(1, "").SerializeAsString()};
  for (std::uint64_t i = 2; i <= 101; ++i) contents.push_back(edit(i, 1, i % 60).SerializeAsString());
  const PackedChanges few = pack_changes(1, carried({contents.begin(), contents.begin() + 51}));
  const PackedChanges many = pack_changes(1, carried(contents));
  EXPECT_LT(many.outline.size() - few.outline.size(), 50U * 4);
  EXPECT_EQ(many.loose.size(), few.loose.size());
  EXPECT_EQ(again(1, contents), contents);
}

TEST(PackedChanges, CarryWholeWhatIsNoUsualChange) {
  change::Change wrong_number = visit(9, "");
  change::Change long_id = visit(1, "");
  long_id.mutable_records(0)->set_record(std::string(17, 'i'));
  change::Change no_rule = visit(1, "");
  no_rule.mutable_records(0)->mutable_operations(0)->clear_rule();
  change::Change odd_author = visit(1, "");
  odd_author.add_authors("someone");
  change::Change odd_origin = visit(1, "");
  odd_origin.mutable_records(0)->set_origin("somewhere");
  const std::string usual = visit(1, "").SerializeAsString();
  for (const std::string& content :
       {wrong_number.SerializeAsString(), long_id.SerializeAsString(), no_rule.SerializeAsString(),
        odd_author.SerializeAsString(), odd_origin.SerializeAsString(), usual + "\x78\x05", usual + usual,
        usual.substr(0, usual.size() - 1), std::string("frozen bytes"), std::string()}) {
    const PackedChanges packed = pack_changes(1, carried({content}));
    EXPECT_EQ(as_text(packed.texts), content);
    EXPECT_EQ(again(1, {content}), std::vector{content});
  }
  EXPECT_TRUE(pack_changes(1, carried({usual})).texts.empty());
}

TEST(PackedChanges, CarryWholeWhatIsTooLongToTell) {
  const std::string longest = visit(1, std::string(kOutlinedChangeMax + 1, 'x')).SerializeAsString();
  const PackedChanges packed = pack_changes(1, carried({longest}));
  EXPECT_EQ(as_text(packed.texts), longest);
  EXPECT_EQ(again(1, {longest}), std::vector{longest});
}

TEST(PackedChanges, AreNoLongerThanChangesWithoutAnyPattern) {
  // Every operation of a sort of its own, far from the one before: nothing to learn.
  change::Change hostile;
  hostile.set_number(1);
  change::RecordChange& record = *hostile.add_records();
  record.set_record(pack_testing::id(1));
  record.set_kind(1);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    change::Operation& operation = *record.add_operations();
    operation.set_field(i * 0x9e3779b9U % 128);
    operation.set_rule(static_cast<rules::MergeRule>(1 + i * 0x85ebca6bU % 120));
    operation.set_removed((i * 0xc2b2ae35U >> 16 & 1) != 0);
  }
  const std::string content = hostile.SerializeAsString();
  EXPECT_LE(size_of(pack_changes(1, carried({content}))), content.size() + 8);
  EXPECT_EQ(again(1, {content}), std::vector{content});
}

TEST(PackedChanges, RememberOnlySoMuchAndStillComeOut) {
  // More kinds, sorts and written fields than are remembered.
  std::vector<std::string> contents;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    change::Change change;
    change.set_number(number);
    for (std::uint32_t kind = 1; kind <= 700; ++kind) {
      change::RecordChange& record = *change.add_records();
      record.set_record(pack_testing::id(static_cast<unsigned char>(kind % 64)));
      record.set_kind(kind);
      for (std::uint32_t field = 0; field < 20; ++field)
        pack_testing::operation(record, kind * 40 + field).set_varint(number * field);
    }
    contents.push_back(change.SerializeAsString());
  }
  EXPECT_LT(size_of(pack_changes(1, carried(contents))), contents[0].size() * 3);
  EXPECT_EQ(again(1, contents), contents);
}

TEST(PackedChanges, KeepSaltsAndCommitmentsInTheirPlaces) {
  const std::string content = visit(1, "text").SerializeAsString();
  const auto salt = *ChangeSalt::from(Bytes(16, 0x51));
  const auto commitment = *ChangeCommitment::from(Bytes(32, 0x52));
  const std::vector<CarriedChange> changes{
      {as_bytes(content), {}, salt}, {{}, commitment, {}}, {as_bytes("whole"), {}, salt}};
  const auto read = unpacked(1, 3, pack_changes(1, changes));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].content, content);
  EXPECT_EQ((*read)[0].salt, salt);
  EXPECT_EQ((*read)[1].commitment, commitment);
  EXPECT_TRUE((*read)[1].content.empty());
  EXPECT_EQ((*read)[2].content, "whole");
  EXPECT_EQ((*read)[2].salt, salt);
}

// ---- Damage

TEST(PackedChanges, GoOnBehindTheLastOneNowhere) {
  const std::string content = visit(1, "text").SerializeAsString();
  const PackedChanges packed = pack_changes(1, carried({content}));
  ASSERT_TRUE(unpacked(1, 1, packed));
  for (Bytes PackedChanges::*const part :
       {&PackedChanges::outline, &PackedChanges::loose, &PackedChanges::texts}) {
    PackedChanges longer = packed;
    (longer.*part).insert((longer.*part).end(), 8, Byte{1});
    const auto read = unpacked(1, 1, longer);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), Code::kMalformed);
  }
  EXPECT_FALSE(unpacked(1, 0, packed));
  EXPECT_FALSE(unpacked(1, 2, packed));
}

TEST(PackedChanges, CutShortAnywhereAreNotTheSame) {
  const std::vector<std::string> contents{visit(1, "text").SerializeAsString(), full(2).SerializeAsString()};
  const PackedChanges packed = pack_changes(1, carried(contents));
  for (Bytes PackedChanges::*const part :
       {&PackedChanges::outline, &PackedChanges::loose, &PackedChanges::texts}) {
    for (std::size_t size = 0; size < (packed.*part).size(); ++size) {
      PackedChanges shorter = packed;
      (shorter.*part).resize(size);
      const auto read = unpacked(1, 2, shorter);
      EXPECT_TRUE(!read || (*read)[0].content != contents[0] || (*read)[1].content != contents[1]) << size;
    }
  }
}

TEST(PackedChanges, AreNotMoreThanABundleMayHold) {
  // A megabyte said once and meant five times.
  std::vector<std::string> contents;
  for (std::uint64_t i = 1; i <= 5; ++i)
    contents.push_back(visit(i, std::string(1'000'000, 'x')).SerializeAsString());
  const PackedChanges packed = pack_changes(1, carried(contents));
  EXPECT_EQ(packed.texts.size(), 1'000'000U);
  EXPECT_TRUE(unpacked(1, 4, pack_changes(1, carried({contents.begin(), contents.end() - 1}))));
  const auto read = unpacked(1, 5, packed);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kTooLarge);
  // The same without an outline.
  const auto whole = unpacked(1, 5, pack_changes(1, carried(contents), Outlines::kNone));
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code(), Code::kTooLarge);
}

}  // namespace
}  // namespace thuisbasis
