// SPDX-License-Identifier: EUPL-1.2
// thuisbasis doctor --repair, between two programs: a damaged page costs what was nowhere else, and that is
// named.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/store/page_cipher.h"
#include "core/vault/repair.h"
#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "platform/files/files.h"
#include "platform/key_vault/passphrase_key_vault.h"
#include "tests/e2e/two_devices.h"

namespace thuisbasis::e2e {
namespace {

using testing_support::read_text;
using testing_support::write_text;

constexpr int kExitDamaged = 5;

class Repair : public TwoDevices {
 protected:
  Repair() {
    for (int i = 0; i < 6; ++i) goals_.push_back(put_goal("tablet", "Doel " + std::to_string(i)));
    sync("tablet");
    sync("laptop");
    for (int i = 0; i < 2; ++i) unsent_.push_back(put_goal("tablet", "Nog hier " + std::to_string(i)));
    whole_ = read_text(database());
  }

  std::string database() const { return world_.path("tablet/vault.db"); }
  void damage(std::size_t page) {
    whole_.replace(page * kPageSize + 100, 1000, 1000, '\0');
    write_text(database(), whole_);
  }
  Outcome plain(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--vault", world_.path("tablet")});
    return world_.run(std::move(arguments));
  }
  /// The vault's key, as the program has it while it runs.
  Secret key() {
    const Bytes wrapped = read_file(world_.path("tablet/key.wrap"), 4096).value();
    return PassphraseKeyVault(Secret::copy_of(as_bytes("een lange wachtzin")), random_)
        .unwrap(wrapped)
        .value();
  }
  VaultWorld vault_world() { return {clock_, random_}; }

  SystemClock clock_;
  SystemRandom random_;
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
  EXPECT_EQ(read_text(row["kept"]), whole_) << "the damaged file is kept";
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

/// Moves, and keeps nothing.
class PlainReplacer final : public FileReplacer {
 public:
  Status replace(const std::string& from, const std::string& over) override {
    return replace_file(from, over);
  }
};

TEST_F(Repair, TellsWhatARepairDidThatWasCutOffBeforeItCouldTell) {
  damage(whole_.size() / kPageSize / 2);
  PlainReplacer files;
  const RepairPlace place{database(), database() + ".repaired", "kept elsewhere", files};
  ASSERT_TRUE(repair_vault(place, key(), vault_world()));  // and there the power went
  const Outcome hint = plain({"doctor"});
  EXPECT_NE(hint.error.find("has not been shown yet"), std::string::npos) << hint.error;
  const Outcome told = plain({"doctor", "--repair"});
  EXPECT_EQ(told.exit, 0) << told.error;
  EXPECT_NE(told.out.find("The damaged file is kept: kept elsewhere"), std::string::npos) << told.out;
  EXPECT_NE(plain({"doctor", "--repair"}).out.find("There is nothing to repair."), std::string::npos);
  EXPECT_EQ(plain({"doctor"}).error.find("has not been shown yet"), std::string::npos);
}

TEST_F(Repair, GoesOnWithoutTheFirstPage) {
  whole_.replace(0, kPageSize, kPageSize, '\0');
  write_text(database(), whole_);
  const Outcome listed = plain({"doctor"});
  EXPECT_EQ(listed.exit, kExitDamaged);
  EXPECT_NE(listed.error.find("thuisbasis doctor --repair"), std::string::npos) << listed.error;
  const nlohmann::json row = world_.at("tablet", {"doctor", "--repair"}).row();
  EXPECT_EQ(row["lost"].size(), 0U) << row;
  EXPECT_EQ(row["must_enrol"], false) << row;
  sync("tablet");
  for (const std::string& goal : goals_) EXPECT_NE(statement("tablet", goal), "");
  for (const std::string& goal : unsent_) EXPECT_NE(statement("tablet", goal), "");
}

TEST_F(Repair, IsAskedForBeforeOpeningWouldLoseTheEndOfTheWal) {
  std::string wal;
  {
    auto vault = Vault::open(database(), key(), vault_world()).value();
    const CircleId circle = CircleId::parse(circle_).value();
    for (int i = 0; i < 5; ++i) {
      const Record goal = vault.prepare(6, circle).value();
      ASSERT_TRUE(vault.assign(goal, {"statement=Laat " + std::to_string(i)}));
      unsent_.push_back(goal.id().text());
    }
    whole_ = read_text(database());
    wal = read_text(database() + "-wal");
  }
  const std::size_t middle = kWalHeaderSize + (wal.size() / kFrameSize / 2) * kFrameSize + 1000;
  wal[middle] = static_cast<char>(wal[middle] ^ 1);
  write_text(database(), whole_);
  write_text(database() + "-wal", wal);
  for (int again = 0; again < 2; ++again) {
    const Outcome noticed = plain({"doctor"});
    EXPECT_EQ(noticed.exit, kExitDamaged) << noticed.out;
    EXPECT_NE(noticed.error.find("vault.db-wal"), std::string::npos) << noticed.error;
    EXPECT_NE(noticed.error.find("thuisbasis doctor --repair"), std::string::npos) << noticed.error;
  }
  EXPECT_EQ(read_text(database() + "-wal"), wal) << "nothing was opened";
  const nlohmann::json row = world_.at("tablet", {"doctor", "--repair"}).row();
  EXPECT_EQ(row["wal_damaged"], true);
  EXPECT_EQ(row["unsent_uncertain"], true);
  sync("tablet");
  EXPECT_NE(statement("tablet", unsent_.back()), "") << "it was written behind the damage";
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
