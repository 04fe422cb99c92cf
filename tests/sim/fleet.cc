// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/fleet.h"

#include <google/protobuf/stubs/logging.h>
#include <sqlite3.h>

#include "tests/crash/allocation_failure.h"
#include "tests/sim/checker.h"
#include "tests/sim/eavesdropper.h"
#include "tests/sim/evil_peer.h"
#include "tests/sim/fuse_watch.h"
#include "tests/sim/misfortune.h"
#include "tests/sim/person.h"
#include "tests/sim/seen_signatures.h"

namespace thuisbasis::sim {
namespace {

constexpr SteadyMs kQuietTime = 25 * kMinute;  // ten of the longest poll intervals, and the backoff before
constexpr SteadyMs kQuietTimeMore = kHour;
constexpr std::size_t kDevicesMax = 12;
constexpr std::size_t kCopiesMax = 3;
constexpr std::uint64_t kLateSeed = 0x6c61746572;  // for what older plans did not draw
constexpr double kWordARound = 0.05;
constexpr WallMs kCertifiedFor = 3 * testing_support::Municipality::kYearMs;

/// The parts of one run, in the order in which they depend on each other.
class Fleet final {
 public:
  explicit Fleet(const RunPlan& plan)
      : plan_(plan),
        dice_(plan.seed),
        swarm_(dice_.seed(), plan.allowed),
        findings_(schedule_),
        canary_(findings_),
        random_(dice_.seed()),
        emmen_(random_, SimClock::kTrueStart,
               swarm_.is_on(Fault::kMonthsPass) ? kCertifiedFor : testing_support::Municipality::kYearMs),
        relay_({schedule_, swarm_, findings_, canary_, emmen_.registrar_key()}, dice_.seed()),
        network_({schedule_, swarm_, findings_, canary_}, relay_, dice_.seed()),
        checker_(community_, relay_, findings_, dice_.seed()),
        late_dice_(plan.seed ^ kLateSeed),
        fuse_(community_, findings_, late_dice_.seed(), logs_keep_order()),
        eavesdropper_(community_, findings_) {
    if (swarm_.is_on(Fault::kMembersLeave))
      network_.on_sync([this](ByteView body) { eavesdropper_.overhear(body); });
    const std::size_t devices = 2 + dice_.below(kDevicesMax - 1);
    const auto duration = static_cast<SteadyMs>(dice_.log_uniform(kHour, 8 * kHour));
    if (plan_.devices == 0) plan_.devices = devices;
    // In whole seconds, as a plan tells it: so its text replays this run.
    if (plan_.duration == 0) plan_.duration = duration / kSecond * kSecond;
    for (std::size_t i = 0; i < plan_.devices; ++i) add_device(i);
    found_circles();
    if (swarm_.is_on(Fault::kEvilPeer)) let_evil_in();
    if (plan_.disks_lie)
      for (const auto& device : community_.devices) device->let_disk_lie();
  }

  RunResult run() {
    Misfortune misfortune(schedule_, swarm_, community_, relay_, network_, dice_.seed());
    misfortune.on_copy([this](SimDevice& original) { copy_device(original); });
    misfortune.on_accident([this](SimDevice& device) {
      if (people_[device.index()]->have_accident()) swarm_.count(Fault::kMassChange);
    });
    misfortune.on_limit([this](SimDevice& device) {
      if (people_[device.index()]->write_at_limit()) swarm_.count(Fault::kLimits);
    });
    misfortune.on_key([this](SimDevice& device) {
      if (people_[device.index()]->change_key()) swarm_.count(Fault::kKeysChange);
    });
    misfortune.on_leave([this](SimDevice& device) {
      if (people_[device.index()]->change_members()) swarm_.count(Fault::kMembersLeave);
    });
    misfortune.on_evil([this] {
      if (evil_->strike()) swarm_.count(Fault::kEvilPeer);
    });
    misfortune.begin(plan_.duration);
    for (const auto& person : people_) work(*person);
    while (findings_.ok() && schedule_.step(plan_.duration)) {
    }
    const double circle_hours = static_cast<double>(community_.circles.size()) *
                                static_cast<double>(schedule_.now()) / static_cast<double>(kHour);
    if (findings_.ok()) come_to_rest();
    return result(circle_hours);
  }

 private:
  void add_device(std::size_t index) {
    const std::size_t version = swarm_.is_on(Fault::kUpgraded) ? late_dice_.below(kVersions) : kVersionToday;
    community_.devices.push_back(std::make_unique<SimDevice>(town(), index, dice_.seed(), version));
    settle_in();
    community_.devices.back()->start_syncing();
  }

  SimDevice::Town town() { return {schedule_, swarm_, findings_, canary_, network_, emmen_}; }

  /// The newest device gets its person, and is looked at.
  void settle_in() {
    SimDevice& device = *community_.devices.back();
    people_.push_back(std::make_unique<Person>(community_, device, findings_, fuse_, dice_.seed()));
    Person& person = *people_.back();
    device.on_start([this, &device, &person] {
      person.look_after_restart();
      if (dice_.chance(0.05)) checker_.examine(device);
    });
    device.on_round([this, &device, &person] {
      if (!person.is_ready()) return;
      checker_.look_at(device);
      if (device.vault() != nullptr) fuse_.look_at(device);
      if (device.vault() != nullptr && person_decides()) person.allow_mass_changes();
      if (device.vault() != nullptr && swarm_.ended()) person.repeat_removals();
    });
  }

  /// Where accidents happen, people take their time, so that one that nobody allowed would be seen.
  bool person_decides() {
    return !swarm_.is_on(Fault::kMassChange) || swarm_.ended() || late_dice_.chance(kWordARound);
  }
  bool logs_keep_order() const {
    return !swarm_.is_on(Fault::kRelayWiped) && !swarm_.is_on(Fault::kRelayRestored) &&
           !swarm_.is_on(Fault::kRelayRolledBack);
  }

  /// A device's vault is copied to a new one, and both are used.
  void copy_device(SimDevice& original) {
    const std::size_t index = community_.devices.size();
    if (index >= kDevicesMax + kCopiesMax) return;
    community_.devices.push_back(std::make_unique<SimDevice>(town(), original, index, dice_.seed()));
    community_.ledger.dispute(original.author().device);
    community_.ledger.loosen(original.author().device, [&](const CircleId& circle, const Dot& dot) {
      return original.is_confirmed(circle, dot);
    });
    (void)original.after_call();
    swarm_.count(Fault::kVaultCloned);
    settle_in();
    work(*people_.back());
  }

  void found_circles() {
    const std::size_t circles = 1 + dice_.below(4);
    for (std::size_t i = 0; i < circles; ++i) {
      std::vector<std::size_t> members;
      for (std::size_t device = 0; device < plan_.devices; ++device)
        if (dice_.chance(0.7)) members.push_back(device);
      people_[dice_.below(people_.size())]->found(members);
    }
  }

  /// Into one circle, by its founder.
  void let_evil_in() {
    evil_.emplace(EvilPeer::Town{schedule_, findings_, network_, emmen_}, late_dice_.seed());
    community_.strangers.insert(evil_->id());
    const AgreedCircle& circle = community_.circles[late_dice_.below(community_.circles.size())];
    const Status admitted =
        community_.devices[circle.founder]->vault()->admit(circle.id, evil_->answer_of_registrar(), {});
    TB_ASSERT(admitted.has_value());
    evil_->start_syncing();
  }

  /// Some work all the time, some seldom.
  void work(Person& person) {
    const double mean = dice_.log_uniform(10 * kSecond, 5 * kMinute);
    plan_work(person, mean);
  }
  void plan_work(Person& person, double mean) {
    schedule_.after(dice_.exponential(mean) + 1, [this, &person, mean] {
      if (swarm_.ended()) return;
      person.act();
      plan_work(person, mean);
    });
  }

  void come_to_rest() {
    swarm_.end();
    network_.heal();
    relay_.heal();
    for (const auto& device : community_.devices) device->heal();
    wait(kQuietTime);
    // Whoever is still not through gets one more chance, so that a violation means stuck, not slow.
    if (is_busy()) wait(kQuietTimeMore);
    if (reopen_where_something_is_aside()) wait(kQuietTimeMore);
    if (findings_.ok()) checker_.check_at_rest();
    for (const AgreedCircle& circle : community_.circles)
      if (!circle.removed.empty()) eavesdropper_.read(circle, relay_.members_of(circle.id));
  }
  void wait(SteadyMs how_long) {
    const SteadyMs end = schedule_.now() + how_long;
    while (findings_.ok() && schedule_.step(end)) {
    }
  }
  /// What a lying relay kept from a vault is asked for once more when it is opened, the next morning.
  bool reopen_where_something_is_aside() {
    bool any = false;
    for (const auto& device : community_.devices) {
      if (device->vault() == nullptr) continue;
      const auto status = device->vault()->status();
      if (!status || status->quarantined == 0) continue;
      any = true;
      device->restart();
      device->heal();
    }
    return any;
  }
  bool is_busy() {
    for (const auto& device : community_.devices) {
      if (device->vault() == nullptr) continue;
      const auto status = device->vault()->status();
      if (!status || status->pending + status->sent != 0) return true;
    }
    return false;
  }

  RunResult result(double circle_hours) {
    RunResult result;
    result.plan = plan_;
    result.violations = findings_.violations();
    if (!findings_.ok()) result.last_lines = findings_.last_lines();
    for (const AgreedCircle& circle : community_.circles)
      for (const auto& device : community_.devices)
        if (device->vault() != nullptr)
          if (const auto digest = device->vault()->digest(circle.id))
            findings_.note("digest", digest->view());
    result.trace_hash = findings_.trace_hash();
    result.faults = swarm_.counts();
    result.operations = community_.operations;
    result.circle_hours = circle_hours;
    result.exchanges = network_.exchanges();
    for (const auto& device : community_.devices) result.rounds += device->rounds();
    result.bytes_searched = canary_.bytes_looked_at();
    return result;
  }

  RunPlan plan_;
  Dice dice_;
  Schedule schedule_;
  Swarm swarm_;
  Findings findings_;
  CanaryWatch canary_;
  testing_support::SeededRandom random_;
  testing_support::Municipality emmen_;
  RelayHouse relay_;
  Network network_;
  Community community_;
  Checker checker_;
  Dice late_dice_;
  FuseWatch fuse_;
  Eavesdropper eavesdropper_;
  std::optional<EvilPeer> evil_;
  std::vector<std::unique_ptr<Person>> people_;
};

}  // namespace

namespace {

/// Before the first run of a process: what libraries set up once, and allocate then only, is set up. So the
/// n-th allocation of a run is the same one in whatever process.
bool make_ready() {
  // One thread, and nobody asks how much memory is in use: no locks, and no counting.
  TB_ASSERT(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK);
  TB_ASSERT(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
  crash::allocation_failure::hook_sqlite();
  // As in the programs of the product: a damaged answer is told as an error of ours.
  google::protobuf::SetLogHandler(nullptr);
  RunPlan plan;
  plan.devices = 3;
  plan.duration = 20 * kMinute;
  plan.allowed = every_fault().reset(static_cast<std::size_t>(Fault::kMemoryRunsOut));
  for (plan.seed = 1; plan.seed < 4; ++plan.seed) (void)Fleet(plan).run();
  return true;
}

}  // namespace

RunResult run_fleet(const RunPlan& plan) {
  static const bool ready = make_ready();
  TB_ASSERT(ready);
  seen_signatures::forget();
  return Fleet(plan).run();
}

}  // namespace thuisbasis::sim
