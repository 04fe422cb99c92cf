// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <set>

#include "core/base/random.h"
#include "sync/relay/acknowledgements.h"
#include "sync/relay/device_registry.h"
#include "sync/relay/held_requests.h"
#include "sync/relay/membership_cache.h"
#include "sync/relay/push_desk.h"
#include "sync/relay/rate_limiter.h"
#include "sync/relay/receipt_signer.h"
#include "sync/relay/relay_counters.h"
#include "sync/relay/relay_limits.h"
#include "sync/relay/relay_responder.h"

namespace thuisbasis {

/// The relay's logic: it stores sealed bundles and membership entries, gives each circle one dense sequence,
/// proves by receipts what it has, and hands devices what is new in their circles. It can read none of it.
///
/// Pure and single-threaded: requests come in as values through submit(), answers leave through their
/// responders, time and randomness through ports. Requests without pushes are answered within submit().
/// Requests with pushes wait for flush(), which makes all that wait durable in one commit group, and only
/// then wakes held requests, signs once for the group and answers. A driver calls flush() whenever
/// has_pending(): an idle relay so commits at once, and what arrives while a commit runs forms the next
/// group.
///
/// Routes: POST /v1/sync, GET /v1/live (held), POST /v1/device; see proto/thuisbasis/wire.proto.
class Relay final {
 public:
  /// What the relay stands on; everything must outlive it.
  struct Ports {
    RelayStorage& storage;
    const ReceiptSigner& signer;
    Clock& clock;
    Random& random;
  };
  /// Fails when the storage cannot tell its epoch.
  static Result<std::unique_ptr<Relay>> open(const Ports& ports, const VerifyKey& registrar,
                                             const RelayLimits& limits);
  ~Relay();

  void submit(HttpRequest request, std::unique_ptr<RelayResponder> responder);
  bool has_pending() const { return !pending_.empty(); }
  /// Commits one group and answers it. Nothing happens without pending requests.
  void flush();
  /// Answers held requests whose time is over, drops those whose device hung up, and saves acknowledged
  /// vectors that no commit group took along. Call about once a second, and at next_deadline().
  void tick();
  std::optional<SteadyMs> next_deadline() const { return held_.next_deadline(); }
  /// Before stopping: held requests are answered within `spread_ms`, evenly, so that devices do not all come
  /// back at one moment; new ones are not held any more.
  void drain(SteadyMs spread_ms);

  const RelayCounters& counters() const { return counters_; }
  std::size_t held_requests() const { return held_.size(); }
  const RelayEpoch& epoch() const { return epoch_; }
  /// The storage broke in a way that only opening it anew can tell apart from loss (kIo, kDamaged): the
  /// driver must stop. Pushes are refused from then on.
  const std::optional<Error>& broken() const { return broken_; }

 private:
  using Responder = std::unique_ptr<RelayResponder>;
  struct PendingSync;
  struct Group;

  Relay(const Ports& ports, const RelayEpoch& epoch, const VerifyKey& registrar, const RelayLimits& limits);

  void submit_sync(const HttpRequest& request, Responder responder);
  void submit_live(const HttpRequest& request, Responder responder);
  void submit_device(const HttpRequest& request, Responder responder);
  Result<DeviceId> authenticate(const HttpRequest& request);
  Status check_rate(const DeviceId& device);
  Status register_device(const HttpRequest& request);

  Status acknowledge(PendingSync& sync);
  Group next_group();
  Status process(Group& group);
  Status process_one(RelayWrite& write, PendingSync& sync, WallMs now, Group& group);
  void note(const PushOutcome& outcome, std::size_t bytes, const DeviceId& sender, Group& group);
  void answer_group(Group& group);
  Result<HttpResponse> sync_answer(PendingSync& sync, const ReceiptProof& proof, WallMs now);
  Result<HttpResponse> live_answer(const DeviceId& device);
  HttpResponse empty_answer(bool need_cursors);
  void wake(const Group& group);
  void note_saved_acknowledgements();
  void save_acknowledgements();

  void refuse(Responder responder, const Error& error);
  void note_storage_error(const Error& error);
  HelloFrame hello(WallMs now, bool need_cursors) const;

  RelayStorage& storage_;
  const ReceiptSigner& signer_;
  Clock& clock_;
  Random& random_;
  const RelayLimits limits_;
  const RelayEpoch epoch_;
  const VerifyKey receipt_key_;
  DeviceRegistry devices_;
  MembershipCache logs_;
  PushDesk desk_;
  Acknowledgements acknowledgements_;
  SteadyMs next_save_ = 0;  // of acknowledged vectors with a commit group
  HeldRequests held_;
  NonceCache nonces_;
  RateLimiter rates_;
  std::deque<PendingSync> pending_;
  std::size_t pending_bytes_ = 0;
  bool draining_ = false;
  std::optional<Error> broken_;
  RelayCounters counters_;
};

}  // namespace thuisbasis
