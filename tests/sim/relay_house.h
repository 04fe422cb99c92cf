// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "core/verify/membership_log.h"
#include "platform/relay_storage/sqlite_relay_storage.h"
#include "sync/relay/relay.h"
#include "tests/sim/canary.h"
#include "tests/sim/faults.h"
#include "tests/sim/sim_clock.h"
#include "tests/support/crash_disk.h"
#include "tests/support/loopback_relay.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::sim {

/// The municipality's server: the real relay over its real SQLite storage, on a disk that forgets, with one
/// to three front ends over that storage. It is restarted, loses power, runs out of space, is restored from a
/// copy and wiped. Checks by itself what a relay owes: no receipted bundle is missing after it came back
/// (I2), and every circle's sequence is dense (I10). One thread.
class RelayHouse final {
 public:
  /// The answer to one request, or nothing when the connection was closed without one.
  using Answered = std::function<void(std::optional<HttpResponse>)>;
  struct Town {
    Schedule& schedule;
    Swarm& swarm;
    Findings& findings;
    CanaryWatch& canary;
    VerifyKey registrar;
  };
  RelayHouse(const Town& town, std::uint64_t seed);
  ~RelayHouse();

  /// `is_gone` tells that nobody waits for the answer any more.
  void arrive(HttpRequest request, std::function<bool()> is_gone, Answered answered);
  bool is_up() const { return !fronts_.empty(); }

  void restart();
  void lose_power_soon();
  void fail_disk_soon();
  void fill_disk(SteadyMs how_long);
  void set_clock_off_by(std::int64_t ms) { clock_.set_off_by(ms); }
  void use_fronts(std::size_t count);
  /// Copies its files, as a nightly backup does; restore() puts the last copy back under a new relay epoch,
  /// roll_back() puts it back behind the relay's back. False without a copy.
  void back_up();
  bool restore();
  bool roll_back();
  void wipe();
  /// The faults are over: disks work, clocks go right.
  void heal();

  /// Where the relay's log of an author ends; 0 without one.
  std::uint64_t head_of(const CircleId& circle, const Author& author);
  /// Up to where what it has of the author counts by the membership log that it has.
  std::uint64_t last_that_counts(const CircleId& circle, const Author& author);
  std::vector<DeviceId> members_of(const CircleId& circle);
  /// Whether it gave out two different changes under one number of an author, which it does only when it
  /// forgot the first: others cannot tell which is true, and each keeps what it knows (PROTOCOL.md P-119).
  bool is_split(const CircleId& circle) const { return split_.contains(circle); }
  bool is_any_split() const { return !split_.empty(); }
  /// An entry stands where the relay once had another: an admission may have lapsed.
  bool is_any_log_replaced() const { return !logs_replaced_.empty(); }
  /// The authors of whose work in a circle the relay once gave receipts for more than it holds now.
  std::vector<std::pair<CircleId, Author>> forgotten();
  /// The circles of whose membership entries it once gave receipts for more than it holds now.
  std::set<CircleId> forgotten_logs();
  WallMs newest_wall_ms() const { return newest_wall_ms_; }
  /// Bytes of the database on its disk.
  std::size_t disk_bytes() const;
  /// Every circle's log, from its first item on: dense (I10), every membership entry proven by those before
  /// it, and every bundle by someone who was a member then (I8).
  void check_logs();

 private:
  class Slot;
  struct Waiting {
    Answered answered;
    std::function<bool()> is_gone;
  };
  using Key = std::pair<CircleId, Author>;

  void open();
  void close();
  void power_is_lost();
  void disk_works_again();
  void put_back(const std::map<std::string, Bytes>& copy);
  bool renew_epoch();
  void after_call();
  void flush();
  void plan_tick();
  void read_receipts(ByteView body);
  struct Range {
    std::uint64_t first = 0;
    ChainValue chain;
    bool operator==(const Range&) const = default;
  };
  void note_given(const Key& whose, std::uint64_t last, const Range& range);
  void note_entry(const MembershipReceipt& given);
  void check_receipts();
  void check_log(const CircleId& circle);
  Status check_item(MembershipLog& log, const LogItem& item);
  Result<std::unique_ptr<SqliteRelayStorage>> open_storage();

  Schedule& schedule_;
  Swarm& swarm_;
  Findings& findings_;
  VerifyKey registrar_;
  Dice dice_;
  testing_support::SeededRandom random_;
  SimClock clock_;
  testing_support::TestReceiptSigner signer_;
  testing_support::CrashDisk disk_;
  std::unique_ptr<SqliteRelayStorage> storage_;
  std::vector<std::unique_ptr<Relay>> fronts_;
  std::size_t fronts_wanted_ = 1;
  std::optional<Fault> planned_;
  std::map<std::uint64_t, Waiting> waiting_;
  std::vector<std::pair<std::uint64_t, std::optional<HttpResponse>>> outbox_;
  std::uint64_t next_request_ = 1;
  bool opening_ = false;
  std::optional<SteadyMs> tick_at_;
  std::map<std::string, Bytes> copy_;
  std::map<Key, std::uint64_t> receipted_;  ///< by receipts that the relay gave, since it was last put back
  std::map<Key, std::uint64_t> receipted_in_copy_;
  std::map<Key, std::map<std::uint64_t, Range>> given_;  ///< by the last number of each
  std::map<std::pair<CircleId, std::uint32_t>, Sha256Digest> entries_given_;
  std::set<CircleId> split_;
  std::set<CircleId> logs_replaced_;
  std::set<CircleId> circles_;
  WallMs newest_wall_ms_ = 0;
};

}  // namespace thuisbasis::sim
