// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "core/circle/bundle_sealer.h"
#include "core/circle/member_circle.h"
#include "sync/client/sync_round.h"
#include "tests/sim/network.h"
#include "tests/support/municipality.h"

namespace thuisbasis::sim {

/// A member with a valid key and a program of its own: what it seals is signed as it should be, and wrong
/// inside. It harms only what is its own: a member may overwrite what others wrote, and no engine can tell
/// that from work. Each deed comes under a new instance, so that none waits for the one before. One thread.
class EvilPeer final : public SyncPort {
 public:
  struct Town {
    Schedule& schedule;
    Findings& findings;
    Network& network;
    testing_support::Municipality& municipality;
  };
  EvilPeer(const Town& town, std::uint64_t seed);

  DeviceId id() const { return identity_.device(); }
  /// With which a circle's member admits it.
  Bytes answer_of_registrar() const;
  /// Begins to sync, and keeps on.
  void start_syncing() { plan_sync(dice_.between(0, kMinute)); }
  /// Seals something wrong, for the next round. False while it can read no circle, or did enough.
  bool strike();

  // ---- What its rounds ask for
  Result<RelayMemory> memory() override;
  Result<Bytes> certificate() override { return to_bytes(identity_.signed_certificate()); }
  Signature sign_request(ByteView base) override { return identity_.signing().sign_raw(base); }
  Result<DeviceId> device() override { return identity_.device(); }
  Status registered() override;
  Status met_relay(const RelayEpoch& epoch, const VerifyKey& receipt_key) override;
  Result<std::vector<CirclePosition>> positions() override;
  Status told(const std::vector<CirclePosition>& vector) override;
  Result<bool> logs_differ(const std::vector<LogPlaceAtRelay>&) override { return false; }
  Result<Outgoing> outgoing(std::size_t limit_bytes, std::int64_t relay_ahead_ms) override;
  Result<std::size_t> confirmed(const std::vector<Receipt>&, ByteView) override { return std::size_t{0}; }
  Result<bool> refused(const std::vector<Refused>&, WallMs) override { return false; }
  Status arrived(const std::vector<Arrival>& arrivals) override;
  Result<bool> heard_all() override { return false; }
  Status round_ended(std::string_view) override { return {}; }

 private:
  static constexpr std::uint64_t kFarAhead = 1'000'000;
  static constexpr std::uint64_t kGuessMax = 3;

  /// A circle as it read it.
  struct Place {
    explicit Place(MemberCircle circle) : members(std::move(circle)) {}
    MemberCircle members;
    std::uint64_t sequence = 0;
    ChainFrontier others;
  };
  static constexpr std::size_t kIndex = 1000;  ///< at the network
  static constexpr std::size_t kDeedsMax = 30;

  void plan_sync(SteadyMs wait);
  void sync();
  void go_on();
  void take(const Result<HttpResponse>& answer);
  Change change_of(const Dot& dot);
  Bytes wrong_change(const Dot& dot, const Place& place);
  void spoil(SealRequest& request, const Place& place);
  /// How far beyond what it knows of an author: the next numbers, or what will never be.
  std::uint64_t ahead() { return dice_.chance(0.5) ? 1 + dice_.below(kGuessMax) : kFarAhead; }
  FieldValue any_value();

  Schedule& schedule_;
  Findings& findings_;
  Network& network_;
  Dice dice_;
  SimClock clock_;
  testing_support::SeededRandom random_;
  DeviceIdentity identity_;
  TrustRoots roots_;
  BundleSealer sealer_;
  RelayTime relay_time_;
  std::optional<SyncRound> round_;
  RelayMemory memory_;
  std::map<CircleId, Place> places_;
  std::vector<Bytes> sealed_;
  std::size_t deeds_ = 0;
};

}  // namespace thuisbasis::sim
