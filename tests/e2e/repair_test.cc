// SPDX-License-Identifier: EUPL-1.2
// thuisbasis doctor --repair, between two programs: a damaged page costs what was nowhere else, and that is
// named.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/two_devices.h"

namespace thuisbasis::e2e {
namespace {

constexpr std::size_t kPageSize = 4096;
constexpr int kExitDamaged = 5;

class Repair : public TwoDevices {
 protected:
  Repair() {
    for (int i = 0; i < 6; ++i) goals_.push_back(put_goal("tablet", "Doel " + std::to_string(i)));
    sync("tablet");
    sync("laptop");
    for (int i = 0; i < 2; ++i) unsent_.push_back(put_goal("tablet", "Nog hier " + std::to_string(i)));
    whole_ = testing_support::read_text(database());
  }

  std::string database() const { return world_.path("tablet/vault.db"); }
  void damage(std::size_t page) {
    whole_.replace(page * kPageSize + 100, 1000, 1000, '\0');
    testing_support::write_text(database(), whole_);
  }
  Outcome plain(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--vault", world_.path("tablet")});
    return world_.run(std::move(arguments));
  }
  std::string digest(const std::string& device) const {
    for (const auto& circle : world_.at(device, {"doctor"}).row()["digests"])
      if (circle["circle"] == circle_) return circle["digest"];
    return "none";
  }

  std::vector<std::string> goals_;
  std::vector<std::string> unsent_;
  std::string whole_;
};

TEST_F(Repair, BringsBackWhatTheRelayHasAndNamesTheRest) {
  const std::size_t pages = whole_.size() / kPageSize;
  // The keys lie in one of the first pages, records and bundles in those behind.
  const std::vector<std::size_t> damaged{pages / 2, pages - 6, pages - 3, pages - 1};
  for (const std::size_t page : damaged) damage(page);
  EXPECT_EQ(plain({"doctor"}).exit, kExitDamaged);
  const Outcome repaired = world_.at("tablet", {"doctor", "--repair"});
  ASSERT_EQ(repaired.exit, 0) << repaired.error;
  const nlohmann::json row = repaired.row();
  EXPECT_EQ(row["repaired"], true);
  EXPECT_EQ(row["must_enrol"], false);
  EXPECT_EQ(row["damaged_pages"].size(), damaged.size());
  EXPECT_EQ(testing_support::read_text(row["kept"]), whole_) << "the damaged file is kept";
  sync("tablet");
  for (const std::string& goal : goals_) EXPECT_NE(statement("tablet", goal), "");
  std::size_t lost = 0;
  for (const auto& one : row["lost"])
    lost += one["last"].get<std::size_t>() - one["first"].get<std::size_t>() + 1;
  std::size_t there = 0;
  for (const std::string& goal : unsent_) there += statement("tablet", goal).empty() ? 0U : 1U;
  EXPECT_EQ(there + lost, unsent_.size()) << row;
  sync("laptop");
  EXPECT_EQ(digest("tablet"), digest("laptop"));
}

TEST_F(Repair, SaysItInWords) {
  damage(whole_.size() / kPageSize / 2);
  const Outcome listed = plain({"doctor"});
  EXPECT_EQ(listed.exit, kExitDamaged);
  EXPECT_NE(listed.error.find("thuisbasis doctor --repair"), std::string::npos) << listed.error;
  const Outcome repaired = plain({"doctor", "--repair"});
  EXPECT_EQ(repaired.exit, 0) << repaired.error;
  EXPECT_NE(repaired.out.find("Repaired. Of"), std::string::npos) << repaired.out;
  EXPECT_NE(repaired.out.find("The damaged file is kept: "), std::string::npos) << repaired.out;
  const Outcome again = plain({"doctor", "--repair"});
  EXPECT_EQ(again.exit, 0) << again.error;
  EXPECT_NE(again.out.find("There is nothing to repair."), std::string::npos) << again.out;
}

TEST_F(Repair, WaitsForTheProcessThatHasTheVault) {
  ASSERT_EQ(world_.at("tablet", {"unlock"}).exit, 0);
  const Outcome refused = world_.at("tablet", {"doctor", "--repair"});
  EXPECT_EQ(refused.exit, 8) << refused.out << refused.error;
  EXPECT_EQ(world_.at("tablet", {"lock"}).exit, 0);
  EXPECT_EQ(world_.at("tablet", {"doctor", "--repair"}).row()["repaired"], false);
}

}  // namespace
}  // namespace thuisbasis::e2e
