// SPDX-License-Identifier: EUPL-1.2
// Between a tablet and its relay stands a line that delays, limits, cuts, resets, swallows or drips: the
// program ends with a clear word or succeeds, nothing acknowledged is lost, and over a good line the next
// sync makes both devices alike.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <random>

#include "tests/e2e/two_devices.h"
#include "tests/proxy/fault_proxy.h"

namespace thuisbasis::e2e {
namespace {

using testing_support::ConnectionFault;
using testing_support::FaultPlan;
using testing_support::FaultProxy;
using testing_support::LineFault;
using testing_support::Way;
using namespace std::chrono_literals;

constexpr int kExitDone = 0;
constexpr int kExitNoContact = 6;
/// Far more than --timeout and what libcurl takes to notice a stall, for machines that stall themselves.
constexpr auto kEndsWithin = 100s;

struct Line {
  std::optional<FaultProxy> line_;
};

class BadLine : protected Line, public TwoDevices {
 protected:
  BadLine()
      : TwoDevices([this](const RelayProcess& relay) {
          line_.emplace(relay.port());
          return "https://localhost:" + std::to_string(line_->port());
        }) {}

  /// A round of the tablet over the line as it is; 0 or 6, and never without an end.
  int try_sync(const std::string& timeout_s) {
    const auto begin = std::chrono::steady_clock::now();
    const Outcome round = world_.run({"sync", "--timeout", timeout_s, "--vault", world_.path("tablet")});
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(took, kEndsWithin);
    EXPECT_TRUE(round.exit == kExitDone || round.exit == kExitNoContact) << round.exit << round.error;
    if (round.exit == kExitNoContact) {
      EXPECT_NE(round.error.find("You are working without internet. That is fine."), std::string::npos)
          << round.error;
    }
    return round.exit;
  }

  /// Writes, syncs over the bad line, and then over a good one. What the tablet was told is confirmed must
  /// then be with the laptop as well.
  int sync_under(const ConnectionFault& fault) {
    SCOPED_TRACE(fault.text());
    goals_.push_back(put_goal("tablet", "Doel " + std::to_string(goals_.size())));
    line_->begin(FaultPlan::every(fault));
    const bool stalls = fault.fault == LineFault::kBlackHole || fault.fault == LineFault::kDrip;
    const int exit = try_sync(stalls ? "1" : "10");
    const std::string state = world_.at("tablet", {"status", goals_.back()}).row()["state"];
    EXPECT_TRUE(exit != kExitDone || state == "confirmed") << state;
    return exit;
  }

  /// How many bundles the relay has stored since it started.
  std::uint64_t stored() const {
    const std::string metrics = relay_->get("/metrics");
    constexpr std::string_view kName = "\nthuisbasisd_bundles_stored_total ";
    const std::size_t at = metrics.find(kName);
    EXPECT_NE(at, std::string::npos);
    return at == std::string::npos ? 0 : std::stoull(metrics.substr(at + kName.size()));
  }

  void expect_alike_over_a_good_line() {
    line_->lift();
    sync("tablet");
    sync("laptop");
    sync("tablet");
    EXPECT_EQ(digest("tablet"), digest("laptop"));
    for (const std::string& goal : goals_) EXPECT_NE(statement("laptop", goal), "") << goal;
    const nlohmann::json status = world_.at("tablet", {"status"}).row();
    EXPECT_EQ(status["pending"], 0);
    EXPECT_EQ(status["sent"], 0);
    EXPECT_EQ(status["returned"], 0);
    EXPECT_EQ(status["quarantined"], 0);
  }

  /// How many rounds such a fault ended, at many places of the exchange.
  int ended_by(LineFault fault) {
    int ended = 0;
    for (const Way way : {Way::kUp, Way::kDown})
      for (const std::uint64_t after : {0U, 100U, 600U, 1500U, 2500U, 4000U})
        ended += sync_under({.fault = fault, .way = way, .after_bytes = after}) != kExitDone ? 1 : 0;
    return ended;
  }

  std::vector<std::string> goals_;
};

TEST_F(BadLine, ThatDelaysOnlyTakesLonger) {
  for (const Way way : {Way::kUp, Way::kDown})
    EXPECT_EQ(sync_under({.fault = LineFault::kDelay, .way = way, .pause = 150ms}), kExitDone);
  EXPECT_GT(line_->struck(), 0U);
  expect_alike_over_a_good_line();
}

TEST_F(BadLine, ThatIsNarrowStillCarriesEverything) {
  for (const Way way : {Way::kUp, Way::kDown})
    EXPECT_EQ(sync_under({.fault = LineFault::kRateLimit, .way = way, .bytes_per_second = 10'000}),
              kExitDone);
  EXPECT_GT(line_->struck(), 0U);
  expect_alike_over_a_good_line();
}

TEST_F(BadLine, ThatIsCutAnywhereEndsTheRoundAndNoMore) {
  EXPECT_GE(ended_by(LineFault::kCut), 6) << "most of these strike before the round is done";
  expect_alike_over_a_good_line();
}

TEST_F(BadLine, ThatIsResetAnywhereEndsTheRoundAndNoMore) {
  EXPECT_GE(ended_by(LineFault::kReset), 6);
  expect_alike_over_a_good_line();
}

/// The relay has what was sent, and the tablet does not know: it offers it again, and that changes nothing.
TEST_F(BadLine, ThatLosesTheAnswerMakesNothingTwice) {
  int unanswered = 0;
  for (std::uint64_t after = 700; after <= 1'900 && unanswered < 2; after += 100) {
    const std::uint64_t before = stored();
    const int exit = sync_under({.fault = LineFault::kCut, .way = Way::kDown, .after_bytes = after});
    unanswered += exit != kExitDone && stored() > before ? 1 : 0;
  }
  EXPECT_EQ(unanswered, 2);
  expect_alike_over_a_good_line();
  for (const std::string& goal : goals_)
    EXPECT_EQ(world_.at("laptop", {"history", goal}).rows().size(), 1U) << goal;
}

TEST_F(BadLine, ThatSwallowsEverythingOfOneWayIsGivenUp) {
  for (const Way way : {Way::kUp, Way::kDown})
    for (const std::uint64_t after : {0U, 800U})
      EXPECT_EQ(sync_under({.fault = LineFault::kBlackHole, .way = way, .after_bytes = after}),
                kExitNoContact);
  expect_alike_over_a_good_line();
}

TEST_F(BadLine, ThatDripsIsGivenUp) {
  for (const Way way : {Way::kUp, Way::kDown})
    EXPECT_EQ(sync_under({.fault = LineFault::kDrip, .way = way, .pause = 60ms}), kExitNoContact);
  expect_alike_over_a_good_line();
}

/// THUISBASIS_LINE_SEED plays a run again.
TEST_F(BadLine, OfAnyKindLosesNothing) {
  const char* const given = std::getenv("THUISBASIS_LINE_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::printf("THUISBASIS_LINE_SEED=%s\n", std::to_string(seed).c_str());
  const FaultPlan plan = FaultPlan::drawn(seed);
  SCOPED_TRACE(plan.text(40));
  line_->begin(plan);
  int done = 0;
  std::vector<std::string> acknowledged;
  for (int round = 0; round < 20; ++round) {
    goals_.push_back(put_goal("tablet", "Doel " + std::to_string(round)));
    if (try_sync("1") != kExitDone) continue;
    ++done;
    acknowledged = goals_;
  }
  std::printf("%d of 20 rounds were done; %s of %s connections were struck\n", done,
              std::to_string(line_->struck()).c_str(), std::to_string(line_->connections()).c_str());
  EXPECT_GT(line_->struck(), 0U);
  // What was acknowledged is at the relay: the tablet is not needed for it any more.
  sync("laptop");
  for (const std::string& goal : acknowledged) EXPECT_NE(statement("laptop", goal), "") << goal;
  expect_alike_over_a_good_line();
}

}  // namespace
}  // namespace thuisbasis::e2e
