// SPDX-License-Identifier: EUPL-1.2
// thuisbasis sync --watch, with the real programs: news comes and goes without anybody asking.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/e2e/two_devices.h"

namespace thuisbasis::e2e {
namespace {

class Watch : public TwoDevices {
 protected:
  /// A watcher that says it is ready. What it says goes to `<device>.said`.
  std::unique_ptr<Process> watch(const std::string& device) const {
    auto watcher = std::make_unique<Process>(
        Process::Start{.program = TB_BIN_DIR "/thuisbasis",
                       .arguments = {"sync", "--watch", "--lang", "en", "--vault", world_.path(device)},
                       .environment = {"THUISBASIS_PASSPHRASE=een lange wachtzin"},
                       .output = world_.path(device + ".said")});
    EXPECT_TRUE(says(device, "Watching.")) << said(device);
    return watcher;
  }
  std::string said(const std::string& device) const { return content_of(world_.path(device + ".said")); }
  bool says(const std::string& device, const std::string& words) const {
    return eventually([&] { return said(device).find(words) != std::string::npos; });
  }
  void expect_gone(const std::string& device) const {
    EXPECT_NE(said(device).find("Stopped. Everything is saved."), std::string::npos) << said(device);
    EXPECT_FALSE(std::filesystem::exists(world_.path(device + "/agent.sock")));
    EXPECT_EQ(bare(device, {"list", "Goal"}).exit, 4) << "nobody answers without the passphrase any more";
    EXPECT_EQ(world_.at(device, {"doctor"}).exit, 0) << "and the vault is free and sound";
  }
};

TEST_F(Watch, ShowsWhatAnotherDeviceWroteWithoutBeingAsked) {
  const auto watcher = watch("laptop");
  const std::string goal = put_goal("tablet", "Elke ochtend op tijd");
  sync("tablet");
  ASSERT_TRUE(says("laptop", "Received: ")) << said("laptop");
  EXPECT_EQ(statement("laptop", goal), "Elke ochtend op tijd");
}

TEST_F(Watch, SendsWhatAServedCommandWroteToAnotherWatcher) {
  const auto laptop = watch("laptop");
  const auto tablet = watch("tablet");
  const Outcome put = bare("laptop", {"put", "Goal", "statement=Zwemles op woensdag", "--circle", circle_});
  ASSERT_EQ(put.exit, 0) << "the owner serves it, without a passphrase: " << put.error;
  const std::string goal = put.row()["id"];
  EXPECT_EQ(bare("laptop", {"get", goal}).row()["v"]["statement"], "Zwemles op woensdag");
  ASSERT_TRUE(says("tablet", "Received: ")) << said("tablet");
  EXPECT_EQ(statement("tablet", goal), "Zwemles op woensdag");
  EXPECT_TRUE(eventually([&] { return bare("laptop", {"status", goal}).row()["state"] == "confirmed"; }));
}

TEST_F(Watch, AServedSyncIsARoundOfTheWatchersOwn) {
  const auto watcher = watch("laptop");
  const std::string goal = put_goal("tablet", "Rust aan tafel");
  sync("tablet");
  const Outcome round = bare("laptop", {"sync"});
  ASSERT_EQ(round.exit, 0) << round.error;
  EXPECT_EQ(statement("laptop", goal), "Rust aan tafel") << "whichever of the two rounds brought it";
}

TEST_F(Watch, EndsWithZeroAtSigtermSigintAndLock) {
  for (const int number : {SIGTERM, SIGINT, 0}) {
    const auto watcher = watch("laptop");
    put_goal("laptop", "Geschreven terwijl er werd gewacht");
    if (number == 0)
      EXPECT_EQ(bare("laptop", {"lock"}).exit, 0);
    else
      watcher->signal(number);
    EXPECT_EQ(watcher->wait_a_while(), std::optional(0)) << "after signal " << number;
    expect_gone("laptop");
    std::filesystem::remove(world_.path("laptop.said"));
  }
  EXPECT_EQ(world_.at("laptop", {"list", "Goal"}).rows().size(), 3U);
}

TEST_F(Watch, ServesAndEndsWhileTheRelayIsAway) {
  const auto watcher = watch("laptop");
  relay_->kill();
  ASSERT_TRUE(says("laptop", "without internet")) << said("laptop");
  const std::string goal = put_goal("laptop", "Zonder netwerk geschreven");
  EXPECT_EQ(bare("laptop", {"status", goal}).row()["state"], "pending");
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait_a_while(), std::optional(0));
  expect_gone("laptop");
  EXPECT_EQ(statement("laptop", goal), "Zonder netwerk geschreven");
}

}  // namespace
}  // namespace thuisbasis::e2e
