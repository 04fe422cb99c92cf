// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

class Search : public ::testing::Test {
 protected:
  void add(std::uint32_t id, std::string_view name, std::string_view note) {
    device_.edit(kPerson, record_id(id), [&](RecordEdit& edit) {
      must(edit.set(kPersonName, Rule::kRegister, FieldValue::text(name)));
      must(edit.set(kPersonNote, Rule::kText, FieldValue::text(note)));
    });
  }
  std::vector<RecordId> found(std::string_view words) {
    std::vector<RecordId> ids;
    for (const TextHit& hit : must(search_text(device_.db(), first_schema(), {words, {}, {}, 50})))
      ids.push_back(hit.id);
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  Device device_{1};
};
using Ids = std::vector<RecordId>;

TEST_F(Search, FoldsCaseAndDiacritics) {
  add(1, "Zoë", "Financiën op orde");
  add(2, "Bram", "overleg met school");
  EXPECT_EQ(found("zoe"), Ids{record_id(1)});
  EXPECT_EQ(found("FINANCIEN"), Ids{record_id(1)});
  EXPECT_EQ(found("financiën"), Ids{record_id(1)});
}

TEST_F(Search, MergesItsPiecesOnlyWhenAsked) {
  const auto pieces = [&] {
    return must(device_.db().query_integer("SELECT count(DISTINCT segid) FROM person_search_idx"));
  };
  constexpr std::uint32_t kNotes = 12;
  for (std::uint32_t id = 1; id <= kNotes; ++id)
    add(id, "Noor", "huur betaald in week " + std::to_string(id));
  EXPECT_EQ(pieces(), kNotes) << "a commit writes its own words and no others";
  EXPECT_EQ(must(device_.db().query_integer("SELECT v FROM person_search_config WHERE k = 'automerge'")), 0);
  must(merge_search(device_.db(), first_schema()));
  EXPECT_LT(pieces(), 4);
  EXPECT_EQ(found("huur").size(), kNotes);
  EXPECT_TRUE(must(device_.store().records.check_search()).empty());
}

TEST_F(Search, WantsAllWordsAndCompletesTheLast) {
  add(1, "Noor", "de schoolmaatschappelijk werker belt maandag");
  add(2, "Bram", "de werker belt niet");
  EXPECT_EQ(found("belt school"), Ids{record_id(1)});
  EXPECT_EQ(found("werker belt"), (Ids{record_id(1), record_id(2)}));
  EXPECT_EQ(found("schoo belt"), Ids{});
}

TEST_F(Search, TakesQuotedWordsTogether) {
  add(1, "Noor", "veilig thuis komen");
  add(2, "Bram", "thuis is het veilig");
  EXPECT_EQ(found("\"veilig thuis\""), Ids{record_id(1)});
  EXPECT_EQ(found("veilig thuis"), (Ids{record_id(1), record_id(2)}));
}

TEST_F(Search, NeverTakesWordsForSyntax) {
  add(1, "Noor", "AND OR NOT NEAR name");
  for (const char* words : {"\"",
                            "\"\"",
                            "\"\"\"",
                            "*",
                            "noor*",
                            "AND",
                            "NOT noor",
                            "name:noor",
                            "noor OR",
                            "(noor",
                            "{name note}: noor",
                            "^noor",
                            "NEAR(noor and, 5)",
                            "noor - ",
                            "'; DROP TABLE person; --",
                            "-noor",
                            "+",
                            ":",
                            "\\",
                            "%",
                            "\xff\xfe",
                            "\xe2\x82",
                            "noor\"",
                            "\"noor",
                            "a\"b\"c",
                            "…"})
    EXPECT_TRUE(search_text(device_.db(), first_schema(), {words, {}, {}, 50})) << words;
  EXPECT_EQ(found("AND"), Ids{record_id(1)});
  EXPECT_EQ(found("name:noor"), Ids{});
  EXPECT_EQ(found("noor … *"), Ids{record_id(1)});
  EXPECT_EQ(found(""), Ids{});
  EXPECT_EQ(found(" \t"), Ids{});
  EXPECT_EQ(found("…"), Ids{});
}

RC_GTEST_PROP(SearchText, TakesAnyInput, (std::string words)) {
  Device device(1);
  for (char& c : words)
    if (c % 5 == 0) c = "\"*()^:+- \0"[static_cast<unsigned char>(c) % 10];
  const auto hits = search_text(device.db(), first_schema(), {words, {}, {}, 10});
  RC_ASSERT(hits || hits.error().code() == Code::kTooLarge);
}

TEST_F(Search, ShowsTheHitInItsSentence) {
  add(1, "Noor", "Wij spraken over de huur en over school.");
  const auto hits = must(search_text(device_.db(), first_schema(), {"huur", {}, {}, 5}));
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].snippet, "Wij spraken over de \u2039huur\u203A en over school.");
  EXPECT_EQ(hits[0].circle, device_.circle());
  EXPECT_EQ(hits[0].kind, kPerson);
}

TEST_F(Search, StaysWithinKindsCirclesAndLimits) {
  add(1, "Noor", "huur");
  add(2, "Bram", "huur");
  device_.edit(kScore, record_id(3),
               [](RecordEdit& edit) { must(edit.set(3, Rule::kOnce, FieldValue::text("huur betaald"))); });
  const auto count = [&](const TextQuery& query) {
    return must(search_text(device_.db(), first_schema(), query)).size();
  };
  EXPECT_EQ(count({"huur", {}, {}, 50}), 3U);
  EXPECT_EQ(count({"huur", {kScore}, {}, 50}), 1U);
  EXPECT_EQ(count({"huur", {}, device_.circle(), 50}), 3U);
  EXPECT_EQ(count({"huur", {}, CircleRow{99}, 50}), 0U);
  EXPECT_EQ(count({"huur", {}, {}, 2}), 2U);
}

TEST_F(Search, RefusesWhatIsTooLong) {
  const std::string long_text(kSearchTextBytesMax + 1, 'a');
  EXPECT_EQ(search_expression(long_text).error().code(), Code::kTooLarge);
  std::string many;
  for (std::size_t i = 0; i <= kSearchWordsMax; ++i) many += "a ";
  EXPECT_EQ(search_expression(many).error().code(), Code::kTooLarge);
  EXPECT_EQ(search_text(device_.db(), first_schema(), {"a", {}, {}, kSearchHitsMax + 1}).error().code(),
            Code::kTooLarge);
}

}  // namespace
}  // namespace thuisbasis::test
