// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <random>

#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "tests/e2e/acknowledged.h"
#include "tests/e2e/relay_process.h"
#include "tests/e2e/transport_exchange.h"
#include "tests/support/device.h"

// Goal: kill -9 of either side during push and pull loses nothing that was acknowledged. Method: a device as
// a process of its own against the real daemon; it tells at each step where it is, one of the two is killed
// at a random moment, and both vaults are then opened, checked, synced and compared. A journal beside the
// vault, synced after every save that returned, says what must be there.

namespace thuisbasis::e2e {
namespace {

using testing_support::Municipality;
using testing_support::TemporaryFolder;

constexpr int kKills = 100;
constexpr int kAttemptsMax = 300;
constexpr int kOrganisations = 8;
constexpr int kDelayMaxUs = 3'000;
constexpr std::chrono::milliseconds kMarkPatience{20'000};

enum Phase { kClientPush, kClientPull, kRelayPush, kRelayPull, kPhases };
constexpr std::array<const char*, kPhases> kPhaseNames{"client push", "client pull", "relay push",
                                                       "relay pull"};

/// One of the two devices: the folder is there all the time, the vault only while nobody else has it.
struct Side {
  Side(std::string its_path, std::string its_journal)
      : path(std::move(its_path)), journal(std::move(its_journal)) {}
  std::string path;
  std::string journal;
  std::size_t checked = 0;  ///< entries of the journal known to be in both vaults
};

class KillTest : public testing::Test {
 protected:
  void SetUp() override {
    relay_.start();
    auto tablet = Vault::create(sides_[0].path, key(), world());
    auto laptop = Vault::create(sides_[1].path, key(), world());
    ASSERT_TRUE(tablet && laptop);
    municipality_.enrol(*tablet, "tablet");
    const Bytes answer = municipality_.enrol(*laptop, "laptop");
    circle_ = tablet->create_circle({random_id<DossierId>(random_), "kern", "Kern", {}}).value();
    ASSERT_TRUE(tablet->admit(circle_, answer, {}));
    for (int i = 0; i < kOrganisations; ++i) {
      const Record record = tablet->prepare(9, circle_).value();
      ASSERT_TRUE(tablet->assign(record, {"name=School"}));
      organisations_.push_back(record.id());
    }
    sync(*tablet);
    sync(*laptop);
  }

  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }
  VaultWorld world() { return {clock_, random_}; }

  Vault open(const Side& side) {
    auto vault = Vault::open(side.path, key(), world());
    if (!vault) ADD_FAILURE() << side.path << ": " << vault.error().message();
    TB_ASSERT(vault.has_value());
    return std::move(*vault);
  }

  void sync(Vault& vault) {
    TransportExchange exchange(relay_.url(), relay_.ca_file());
    SyncSession session(vault.sync(), exchange, clock_, random_);
    RoundReport report;
    const Status done = session.run({}, report);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(report.refused, 0U);
  }

  /// News for the other side to pull, in several bundles.
  void push_from(const Side& side) {
    Vault vault = open(side);
    const AckJournal journal(side.journal);
    for (int round = 0; round < 6; ++round) {
      ASSERT_TRUE(write_some(vault, circle_, organisations_, journal, random_, 3));
      sync(vault);
    }
  }

  std::string organisations_text() const {
    std::string text;
    for (const RecordId& id : organisations_) text += (text.empty() ? "" : ",") + id.text();
    return text;
  }

  /// Starts the device, kills the victim at a random moment after a step of the wanted kind began; where it
  /// was then, or nothing when the moment fell between the phases.
  std::optional<Phase> strike(Phase wanted, const Side& side) {
    const bool push = wanted == kClientPush || wanted == kRelayPush;
    const bool kills_relay = wanted == kRelayPush || wanted == kRelayPull;
    MarkReader marks;
    Process device({.program = TB_SYNCING_DEVICE,
                    .arguments = {side.path, relay_.url(), relay_.ca_file(), side.journal, circle_.text(),
                                  organisations_text(), push ? "push" : "pull"},
                    .environment = {},
                    .output = folder_ / "device.log",
                    .passed_on = marks.writing_end()});
    marks.close_writing_end();
    const std::string starts = push ? (kills_relay ? "u" : "sur") : (kills_relay ? "g" : "ga");
    int steps_to_pass = draw(push ? 12 : 5);
    char last = ' ';
    while (const auto next = marks.next(kMarkPatience)) {
      last = *next;
      if (starts.find(last) != std::string::npos && steps_to_pass-- == 0) break;
    }
    ::usleep(static_cast<useconds_t>(draw(kDelayMaxUs)));
    if (kills_relay) return strike_relay(device, marks, last);
    device.signal(SIGKILL);
    const int exit = device.wait();
    const std::string rest = marks.drain();
    if (!rest.empty()) last = rest.back();
    if (exit == 0) return std::nullopt;  // it was done before
    EXPECT_EQ(exit, -SIGKILL) << content_of(folder_ / "device.log");
    if (last == 's' || last == 'u' || last == 'r') return kClientPush;
    if (last == 'g' || last == 'a') return kClientPull;
    return std::nullopt;
  }

  /// Counts only when the relay had a request at that moment, and never answered it.
  std::optional<Phase> strike_relay(Process& device, MarkReader& marks, char last) {
    const std::string before = marks.drain();
    relay_.kill();
    const int exit = device.wait();
    const std::string after = marks.drain();
    EXPECT_TRUE(exit == 0 || exit == 3) << exit << content_of(folder_ / "device.log");
    relay_.start();
    if (!before.empty()) last = before.back();
    if (after.rfind('x', 0) != 0) return std::nullopt;
    if (last == 'u') return kRelayPush;
    if (last == 'g') return kRelayPull;
    return std::nullopt;
  }

  int draw(int below) { return static_cast<int>(moments_() % static_cast<std::uint64_t>(below)); }

  void expect_nothing_lost(Side& side) {
    const auto writes = read_journal(side.journal);
    const std::vector<Acknowledged> fresh(writes.begin() + static_cast<std::ptrdiff_t>(side.checked),
                                          writes.end());
    {
      Vault vault = open(side);
      EXPECT_EQ(missing(vault, fresh), std::vector<std::string>()) << "after the kill";
      EXPECT_EQ(vault.examine().value().damage, std::vector<std::string>());
    }
    side.checked = writes.size();
    fresh_.insert(fresh_.end(), fresh.begin(), fresh.end());
  }

  void expect_the_same_after_a_sync() {
    Vault tablet = open(sides_[0]);
    Vault laptop = open(sides_[1]);
    sync(tablet);
    sync(laptop);
    sync(tablet);
    EXPECT_EQ(tablet.digest(circle_).value(), laptop.digest(circle_).value());
    EXPECT_EQ(missing(tablet, fresh_), std::vector<std::string>());
    EXPECT_EQ(missing(laptop, fresh_), std::vector<std::string>());
    EXPECT_EQ(tablet.status().value().pending + tablet.status().value().sent, 0U);
    fresh_.clear();
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  Municipality municipality_{random_, clock_.wall_ms()};
  RelayProcess relay_{folder_ / "relay", to_base64url(municipality_.registrar_key().view())};
  std::array<Side, 2> sides_{Side{folder_ / "tablet.db", folder_ / "tablet.journal"},
                             Side{folder_ / "laptop.db", folder_ / "laptop.journal"}};
  CircleId circle_;
  std::vector<RecordId> organisations_;
  std::vector<Acknowledged> fresh_;
  std::mt19937_64 moments_;
};

TEST_F(KillTest, OfEitherSideDuringPushAndPullLosesNoAcknowledgedWrite) {
  const char* chosen = std::getenv("TB_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device()();
  std::cout << "seed " << seed << " (TB_SEED repeats it)\n";
  moments_.seed(seed);
  std::array<int, kPhases> kills{};
  int counted = 0;
  int between = 0;
  for (int attempt = 0; counted < kKills && !HasFailure(); ++attempt) {
    ASSERT_LT(attempt, kAttemptsMax) << "the moments hardly ever fall into a phase";
    // The phase that was met least so far.
    const auto wanted = static_cast<Phase>(std::min_element(kills.begin(), kills.end()) - kills.begin());
    Side& side = sides_[static_cast<std::size_t>(draw(2))];
    Side& other = &side == &sides_[0] ? sides_[1] : sides_[0];
    if (wanted == kClientPull || wanted == kRelayPull) push_from(other);
    const auto met = strike(wanted, side);
    if (met) {
      ++kills[*met];
      ++counted;
    } else {
      ++between;
    }
    expect_nothing_lost(side);
    expect_nothing_lost(other);
    expect_the_same_after_a_sync();
  }
  for (std::size_t phase = 0; phase < kPhases; ++phase) {
    std::cout << "killed during " << kPhaseNames[phase] << ": " << kills[phase] << "\n";
    EXPECT_GT(kills[phase], 0);
  }
  std::cout << "killed between them: " << between << "\n";
  std::size_t acknowledged = 0;
  for (const Side& side : sides_) {
    const auto writes = read_journal(side.journal);
    acknowledged += writes.size();
    for (const Side& holder : sides_) EXPECT_EQ(missing(open(holder), writes), std::vector<std::string>());
  }
  std::cout << acknowledged << " writes acknowledged, none missing\n";
}

TEST_F(KillTest, WouldNoticeAWriteThatIsMissing) {
  const AckJournal journal(sides_[0].journal);
  ASSERT_TRUE(
      write_some(*std::make_unique<Vault>(open(sides_[0])), circle_, organisations_, journal, random_, 5));
  ASSERT_TRUE(journal.append({Acknowledged::What::kGoal, random_id<RecordId>(random_), "never-written"}));
  ASSERT_TRUE(journal.append({Acknowledged::What::kRole, organisations_[0], "never-added"}));
  EXPECT_EQ(missing(open(sides_[0]), read_journal(sides_[0].journal)).size(), 2U);
}

}  // namespace
}  // namespace thuisbasis::e2e
