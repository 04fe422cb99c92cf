// SPDX-License-Identifier: EUPL-1.2
// thuisbasis conflicts and resolve, between two programs: both change the same thing apart, one settles it.
#include <gtest/gtest.h>

#include <set>

#include "tests/e2e/two_devices.h"

namespace thuisbasis::e2e {
namespace {

class Resolve : public TwoDevices {
 protected:
  Resolve() : goal_(put_goal("tablet", "Op tijd")) { exchange(); }

  /// Until both have all that the other wrote.
  void exchange() const {
    for (const char* device : {"tablet", "laptop", "tablet"}) sync(device);
  }
  void run(const std::string& device, std::vector<std::string> arguments) const {
    const Outcome done = world_.at(device, std::move(arguments));
    EXPECT_EQ(done.exit, 0) << done.error;
  }
  std::vector<nlohmann::json> conflicts(const std::string& device) const {
    return world_.at(device, {"conflicts"}).rows();
  }
  void edit_apart() const {
    run("tablet", {"edit", goal_, "statement=Om acht uur op school"});
    run("laptop", {"edit", goal_, "statement=In de kring om half negen"});
    exchange();
  }
  void expect_settled(const std::string& value) const {
    for (const char* device : {"tablet", "laptop"}) {
      EXPECT_TRUE(conflicts(device).empty()) << device;
      EXPECT_EQ(statement(device, goal_), value) << device;
    }
  }

  std::string goal_;
};

TEST_F(Resolve, BothListBothValuesUntilOneIsKept) {
  edit_apart();
  for (const char* device : {"tablet", "laptop"}) {
    const auto listed = conflicts(device);
    ASSERT_EQ(listed.size(), 1U) << device;
    EXPECT_EQ(listed[0]["id"], goal_);
    EXPECT_EQ(listed[0]["field"], "statement");
    std::set<std::string> values;
    for (const auto& one : listed[0]["values"]) values.insert(one["value"].get<std::string>());
    EXPECT_EQ(values, (std::set<std::string>{"Om acht uur op school", "In de kring om half negen"}));
  }
  const std::string kept = conflicts("laptop")[0]["values"][1]["value"];
  run("laptop", {"resolve", goal_, "--keep", "2"});
  EXPECT_TRUE(conflicts("laptop").empty()) << "settled here at once";
  EXPECT_EQ(conflicts("tablet").size(), 1U) << "and there after a sync";
  sync("laptop");
  sync("tablet");
  expect_settled(kept);
}

TEST_F(Resolve, AnExportCarriesTheConflictIntoAnotherVault) {
  edit_apart();
  const std::string from = world_.at("tablet", {"export"}).out;
  world_.join("archive");
  testing_support::write_text(world_.path("export.jsonl"), from);
  run("archive", {"import", "export.jsonl"});
  const auto there = conflicts("archive");
  ASSERT_EQ(there.size(), 1U);
  std::set<std::string> values;
  for (const auto& one : there[0]["values"]) values.insert(one["value"].get<std::string>());
  EXPECT_EQ(values, (std::set<std::string>{"Om acht uur op school", "In de kring om half negen"}));
  EXPECT_EQ(statement("archive", goal_), statement("tablet", goal_)) << "the same one is shown";
  EXPECT_EQ(world_.at("archive", {"export"}).out, from);
}

TEST_F(Resolve, AThirdValueReplacesBoth) {
  edit_apart();
  run("tablet", {"resolve", goal_, "statement", "--value", "Samen aan het ontbijt"});
  exchange();
  expect_settled("Samen aan het ontbijt");
}

TEST_F(Resolve, WhatIsSettledTwiceApartIsAConflictAgain) {
  edit_apart();
  run("tablet", {"resolve", goal_, "statement", "--value", "Het ene"});
  run("laptop", {"resolve", goal_, "statement", "--value", "Het andere"});
  exchange();
  EXPECT_EQ(conflicts("tablet").size(), 1U);
  EXPECT_EQ(conflicts("laptop").size(), 1U);
  run("laptop", {"resolve", goal_, "statement", "--value", "Samen besproken"});
  exchange();
  expect_settled("Samen besproken");
}

TEST_F(Resolve, ARecordThatWasDeletedWhileEditedIsKeptOrDeletedOnBoth) {
  for (const bool keeps : {true, false}) {
    run("tablet", {"delete", goal_});
    run("laptop", {"edit", goal_, "statement=Toch nog een keer"});
    exchange();
    for (const char* device : {"tablet", "laptop"}) {
      ASSERT_EQ(conflicts(device).size(), 1U) << device;
      EXPECT_EQ(conflicts(device)[0]["deleted_while_edited"], true) << device;
    }
    run("laptop", {"resolve", goal_, keeps ? "--keep-record" : "--delete"});
    exchange();
    expect_settled(keeps ? "Toch nog een keer" : "");
  }
}

}  // namespace
}  // namespace thuisbasis::e2e
