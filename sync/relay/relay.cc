// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/relay.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/planted_bug.h"
#include "sync/relay/news.h"
#include "sync/relay/places.h"
#include "sync/wire/live_query.h"
#include "sync/wire/problem.h"
#include "thuisbasis/wire.pb.h"

namespace thuisbasis {
namespace {

/// The key in a certificate that is being registered: the request must be signed by the device itself.
class OfferedKey final : public DeviceKeys {
 public:
  explicit OfferedKey(const DeviceCertificate& certificate) : certificate_(certificate) {}
  Result<VerifyKey> signing_key(const DeviceId& device) override {
    if (device != certificate_.device) return Error(Code::kBadSignature, "signed by another device");
    return certificate_.signing_key;
  }

 private:
  const DeviceCertificate& certificate_;
};

Status check_form(const HttpRequest& request, bool has_body) {
  if (request.headers.find(kProtocolHeader) != kProtocolHeaderValue)
    return Error(Code::kProtocol, "another protocol version");
  if (has_body && media_type(request.headers) != kSyncMediaType)
    return Error(Code::kProtocol, "another media type");
  return {};
}

std::size_t bytes_of(const SyncRequest& request) {
  std::size_t bytes = 0;
  for (const Bytes& bundle : request.bundles) bytes += bundle.size();
  for (const MembershipPush& push : request.membership)
    bytes += push.signed_entry.size() + push.archive_wrap.size();
  return bytes;
}

std::size_t items_of(const SyncRequest& request) {
  return request.bundles.size() + request.membership.size();
}

std::uint64_t answer_limit(std::uint64_t asked) {
  return asked == 0 ? kAnswerBytesDefault : std::min(asked, kAnswerBytesMax);
}

}  // namespace

/// One POST /v1/sync on its way.
struct Relay::PendingSync {
  DeviceId device;
  SyncRequest request;
  Responder responder;
  bool cursors_match = false;
  CursorVector stand;  ///< what this request acknowledged: another of the same device may follow in the group
  std::vector<Receipt> receipts;
  std::vector<RefusalFrame> refusals;
};

/// The requests that become durable together.
struct Relay::Group {
  std::vector<PendingSync> syncs;
  std::map<CircleId, std::set<DeviceId>> writers;  ///< of circles with something new
  RelayCounters stored;                            ///< counted only once it is durable
  WallMs time = 0;
};

Result<std::unique_ptr<Relay>> Relay::open(const Ports& ports, const VerifyKey& registrar,
                                           const RelayLimits& limits) {
  TB_TRY(const RelayEpoch epoch, ports.storage.epoch());
  return std::unique_ptr<Relay>(new Relay(ports, epoch, registrar, limits));
}

Relay::Relay(const Ports& ports, const RelayEpoch& epoch, const VerifyKey& registrar,
             const RelayLimits& limits)
    : storage_(ports.storage),
      signer_(ports.signer),
      clock_(ports.clock),
      random_(ports.random),
      limits_(limits),
      epoch_(epoch),
      receipt_key_(ports.signer.public_key()),
      devices_(storage_, registrar, clock_),
      logs_(storage_, TrustRoots{registrar, std::nullopt}),
      desk_(storage_, logs_, limits_),
      acknowledgements_(storage_),
      rates_(limits.requests_per_second, limits.requests_burst) {}

Relay::~Relay() = default;

// ---- Requests
// -------------------------------------------------------------------------------------------------

void Relay::submit(HttpRequest request, Responder responder) {
  const std::string_view path = request.path();
  if (request.method == "POST" && path == kSyncPath) return submit_sync(request, std::move(responder));
  if (request.method == "GET" && path == kLivePath) return submit_live(request, std::move(responder));
  if (request.method == "POST" && path == kDevicePath) return submit_device(request, std::move(responder));
  refuse(std::move(responder), Error(Code::kNotFound, "no such route"));
}

/// The one place that decides who asks (and so what may be read: the circles of that device).
Result<DeviceId> Relay::authenticate(const HttpRequest& request) {
  TB_CHECK(check_form(request, request.method == "POST"));
  TB_TRY(const DeviceId device, verify_request(request, devices_, clock_.wall_ms(), nonces_));
  TB_CHECK(check_rate(device));
  return device;
}

Status Relay::check_rate(const DeviceId& device) {
  if (rates_.may_pass(device, clock_.steady_ms())) return {};
  ++counters_.rate_limited;
  return Error(Code::kTooOften, "more requests than this device may send");
}

void Relay::submit_sync(const HttpRequest& request, Responder responder) {
  ++counters_.sync_requests;
  auto device = authenticate(request);
  if (!device) return refuse(std::move(responder), device.error());
  auto decoded = decode_sync_request(request.body);
  if (!decoded) return refuse(std::move(responder), decoded.error());

  PendingSync sync;
  sync.device = *device;
  sync.request = std::move(*decoded);
  sync.responder = std::move(responder);
  if (items_of(sync.request) == 0) {
    if (auto status = acknowledge(sync); !status) return refuse(std::move(sync.responder), status.error());
    auto answer = sync_answer(sync, {}, clock_.wall_ms());
    if (!answer) return refuse(std::move(sync.responder), answer.error());
    return sync.responder->answer(std::move(*answer));
  }
  const std::size_t bytes = bytes_of(sync.request);
  if (broken_ || (!pending_.empty() && pending_bytes_ + bytes > kPendingBytesMax))
    return refuse(std::move(sync.responder), Error(Code::kUnavailable, "too many pushes wait"));
  pending_bytes_ += bytes;
  pending_.push_back(std::move(sync));
}

void Relay::submit_live(const HttpRequest& request, Responder responder) {
  ++counters_.live_requests;
  auto device = authenticate(request);
  if (!device) return refuse(std::move(responder), device.error());
  const auto query = parse_live_target(request.target);
  if (!query) return refuse(std::move(responder), query.error());

  if (query->relay_epoch != epoch_) {
    ++counters_.epochs_missed;
    return responder->answer(empty_answer(true));
  }
  const auto matches = acknowledgements_.acknowledge(*device, {}, false, query->cursor_hash);
  if (!matches) return refuse(std::move(responder), matches.error());
  if (!*matches) {
    ++counters_.cursors_missed;
    return responder->answer(empty_answer(true));
  }
  const auto stand = acknowledgements_.of(*device);
  if (!stand) return refuse(std::move(responder), stand.error());
  const auto heads = storage_.circles_of(*device);
  if (!heads) return refuse(std::move(responder), heads.error());
  if (has_news(*heads, *stand) || draining_ || query->wait_ms == 0) {
    auto answer = live_answer(*device);
    if (!answer) return refuse(std::move(responder), answer.error());
    return responder->answer(std::move(*answer));
  }
  if (held_.size() >= limits_.held_requests_max)
    return refuse(std::move(responder), Error(Code::kUnavailable, "too many held requests"));
  std::uint16_t dice = 0;
  random_.fill({reinterpret_cast<Byte*>(&dice), sizeof dice});
  const SteadyMs deadline =
      clock_.steady_ms() + std::min<SteadyMs>(query->wait_ms, kHeldMsMax) + dice % kHeldJitterMs;
  if (Responder former = held_.hold(*device, std::move(responder), deadline))
    former->answer(empty_answer(false));
}

void Relay::submit_device(const HttpRequest& request, Responder responder) {
  if (auto status = register_device(request); !status) return refuse(std::move(responder), status.error());
  ++counters_.device_registrations;
  responder->answer(empty_answer(false));
}

Status Relay::register_device(const HttpRequest& request) {
  TB_CHECK(check_form(request, true));
  if (request.body.size() > kSmallBodyBytesMax) return Error(Code::kTooLarge, "certificate");
  wire::RegisterDevice message;
  if (!message.ParseFromArray(request.body.data(), static_cast<int>(request.body.size())) ||
      !message.has_certificate())
    return Error(Code::kMalformed, "registration without a certificate");
  const std::string signed_certificate = message.certificate().SerializeAsString();
  TB_TRY(const DeviceCertificate certificate, devices_.check(as_bytes(signed_certificate)));
  OfferedKey key(certificate);
  TB_TRY(const DeviceId device, verify_request(request, key, clock_.wall_ms(), nonces_));
  TB_CHECK(check_rate(device));
  auto kept = devices_.keep(certificate, as_bytes(signed_certificate));
  if (!kept && kept.error().code() == Code::kConflict)
    return Error(Code::kNotPermitted, "a newer certificate of this device is known");
  return kept;
}

// ---- Commit groups
// ----------------------------------------------------------------------------------------------

Status Relay::acknowledge(PendingSync& sync) {
  const SyncRequest& request = sync.request;
  const bool has_nothing = std::all_of(request.cursors.begin(), request.cursors.end(),
                                       [](const CircleCursor& cursor) { return cursor.sequence == 0; });
  if (!request.relay_epoch && has_nothing) {
    acknowledgements_.start_afresh(sync.device);
    sync.cursors_match = true;
    TB_TRY(sync.stand, acknowledgements_.of(sync.device));
    return {};
  }
  if (request.relay_epoch != epoch_) {
    ++counters_.epochs_missed;
    return {};
  }
  TB_TRY(sync.cursors_match, acknowledgements_.acknowledge(sync.device, request.cursors, request.all_cursors,
                                                           request.cursor_hash));
  if (!sync.cursors_match) ++counters_.cursors_missed;
  TB_TRY(sync.stand, acknowledgements_.of(sync.device));
  return {};
}

Relay::Group Relay::next_group() {
  Group group;
  group.time = clock_.wall_ms();
  std::size_t items = 0;
  while (!pending_.empty() && items < kGroupItemsMax) {
    PendingSync& sync = pending_.front();
    items += items_of(sync.request);
    pending_bytes_ -= bytes_of(sync.request);
    group.syncs.push_back(std::move(sync));
    pending_.pop_front();
  }
  return group;
}

void Relay::flush() {
  if (pending_.empty()) return;
  Group group = next_group();
  Status status = process(group);
  if (is_planted(PlantedBug::kFailedCommitAnswered)) status = Status();
  ++counters_.groups;
  counters_.group_requests += group.syncs.size();
  if (status) {
    wake(group);  // first: people wait for news, nobody for a receipt
    return answer_group(group);
  }
  // Nothing of the group is durable: what was remembered of it is wrong, and every device shall try again.
  ++counters_.groups_failed;
  logs_.clear();
  for (PendingSync& sync : group.syncs) refuse(std::move(sync.responder), status.error());
}

Status Relay::process(Group& group) {
  TB_TRY(auto write, storage_.begin());
  for (PendingSync& sync : group.syncs) TB_CHECK(process_one(*write, sync, group.time, group));
  const bool saves = clock_.steady_ms() >= next_save_;
  if (saves) TB_CHECK(acknowledgements_.save(*write));
  TB_CHECK(write->commit());
  if (saves) note_saved_acknowledgements();
  return {};
}

namespace {

/// One author's ranges in a circle.
using AuthorsLine = std::pair<CircleId, Author>;

bool is_of_one(const std::set<AuthorsLine>& lines, ByteView bundle) {
  const auto sealed = parse_bundle(bundle);
  return sealed && lines.contains({sealed->header.circle, sealed->header.author});
}

}  // namespace

Status Relay::process_one(RelayWrite& write, PendingSync& sync, WallMs now, Group& group) {
  TB_CHECK(acknowledge(sync));
  const auto take = [&](const PushOutcome& outcome, std::size_t bytes) {
    if (const auto* receipt = std::get_if<Receipt>(&outcome.answer))
      sync.receipts.push_back(*receipt);
    else if (const auto* refusal = std::get_if<RefusalFrame>(&outcome.answer))
      sync.refusals.push_back(*refusal);
    note(outcome, bytes, sync.device, group);
  };
  for (const MembershipPush& push : sync.request.membership) {
    TB_TRY(const PushOutcome outcome, desk_.take_entry(write, sync.device, push));
    take(outcome, push.signed_entry.size() + push.archive_wrap.size());
  }
  std::set<AuthorsLine> otherwise;
  for (const Bytes& bundle : sync.request.bundles) {
    if (!otherwise.empty() && is_of_one(otherwise, bundle)) continue;
    TB_TRY(const PushOutcome outcome, desk_.take_bundle(write, sync.device, bundle, now));
    take(outcome, bundle.size());
    if (const auto* here = std::get_if<SealedOtherwise>(&outcome.answer))
      if (here->author.device == sync.device) otherwise.emplace(here->circle, here->author);
  }
  sync.request.bundles = {};  // stored; the answers of a large group need the room
  sync.request.membership = {};
  return {};
}

void Relay::note(const PushOutcome& outcome, std::size_t bytes, const DeviceId& sender, Group& group) {
  if (const auto* refusal = std::get_if<RefusalFrame>(&outcome.answer)) {
    ++counters_.refusals[static_cast<std::size_t>(refusal->reason) % RelayCounters::kRefusalReasons];
    return;
  }
  if (!outcome.stored) {
    ++counters_.items_resent;
    return;
  }
  const Receipt& receipt = std::get<Receipt>(outcome.answer);
  ++(std::holds_alternative<BundleReceipt>(receipt) ? group.stored.bundles_stored
                                                    : group.stored.entries_stored);
  group.stored.bytes_stored += bytes;
  std::visit([&](const auto& what) { group.writers[what.circle].insert(sender); }, receipt);
}

void Relay::answer_group(Group& group) {
  counters_.bundles_stored += group.stored.bundles_stored;
  counters_.entries_stored += group.stored.entries_stored;
  counters_.bytes_stored += group.stored.bytes_stored;

  std::vector<Sha256Digest> leaves;
  for (const PendingSync& sync : group.syncs)
    if (!sync.receipts.empty()) leaves.push_back(merkle_leaf(receipts_root(sync.receipts).view()));
  ReceiptProof proof;
  proof.relay_epoch = epoch_;
  proof.time = group.time;
  proof.leaf_count = leaves.size();
  if (!leaves.empty())
    proof.signature = signer_.sign(label::kReceipt, receipt_message(merkle_root(leaves), epoch_, group.time));
  auto paths = merkle_paths(leaves);

  for (PendingSync& sync : group.syncs) {
    if (!sync.receipts.empty()) proof.path = std::move(paths[proof.leaf_index]);
    auto answer = sync_answer(sync, proof, group.time);
    if (!sync.receipts.empty()) ++proof.leaf_index;
    if (answer)
      sync.responder->answer(std::move(*answer));
    else
      refuse(std::move(sync.responder), answer.error());
  }
}

/// Only after the commit, and not for what a device pushed itself.
void Relay::wake(const Group& group) {
  if (held_.size() == 0) return;
  for (const auto& [circle, writers] : group.writers) {
    const auto members = storage_.members_of(circle);
    if (!members) return note_storage_error(members.error());
    for (const DeviceId& device : *members) {
      if (writers.size() == 1 && writers.count(device) == 1) continue;
      Responder responder = held_.take(device);
      if (!responder) continue;
      ++counters_.live_wakeups;
      auto answer = live_answer(device);
      if (answer)
        responder->answer(std::move(*answer));
      else
        refuse(std::move(responder), answer.error());
    }
  }
}

// ---- Answers
// ------------------------------------------------------------------------------------------------------

HelloFrame Relay::hello(WallMs now, bool need_cursors) const {
  return {.relay_epoch = epoch_, .time_ms = now, .need_cursors = need_cursors, .receipt_key = receipt_key_};
}

HttpResponse Relay::empty_answer(bool need_cursors) {
  Bytes body;
  append_frame(body, hello(clock_.wall_ms(), need_cursors));
  append_frame(body, EndFrame{});
  return sync_response(std::move(body));
}

Result<HttpResponse> Relay::sync_answer(PendingSync& sync, const ReceiptProof& proof, WallMs now) {
  Bytes body;
  append_frame(body, hello(now, !sync.cursors_match));
  TB_TRY(const auto heads, storage_.circles_of(sync.device));
  if (sync.cursors_match && sync.request.marks_hash) {
    TB_TRY(const auto places, differing_places(storage_, heads, sync.stand, *sync.request.marks_hash,
                                               sync.request.wants_earlier));
    if (places) append_frame(body, *places);
    if (places) ++counters_.logs_differed;
  }
  if (!sync.receipts.empty()) append_frame(body, ReceiptsFrame{sync.receipts, proof});
  for (const RefusalFrame& refusal : sync.refusals) append_frame(body, refusal);
  EndFrame end;
  if (sync.cursors_match) {
    TB_TRY(News news, append_news(body, storage_, heads, sync.stand, answer_limit(sync.request.limit_bytes),
                                  sync.receipts));
    counters_.items_delivered += news.items;
    acknowledgements_.offer(sync.device, std::move(news.delivered));
    end = std::move(news.end);
  }
  append_frame(body, end);
  return sync_response(std::move(body));
}

Result<HttpResponse> Relay::live_answer(const DeviceId& device) {
  Bytes body;
  append_frame(body, hello(clock_.wall_ms(), false));
  TB_TRY(const CursorVector stand, acknowledgements_.of(device));
  TB_TRY(const auto heads, storage_.circles_of(device));
  TB_TRY(News news, append_news(body, storage_, heads, stand, kAnswerBytesDefault, {}));
  counters_.items_delivered += news.items;
  acknowledgements_.offer(device, std::move(news.delivered));
  append_frame(body, news.end);
  return sync_response(std::move(body));
}

void Relay::refuse(Responder responder, const Error& error) {
  note_storage_error(error);
  ++counters_.problems[error.code()];
  const std::uint32_t wait_s = error.code() == Code::kTooOften ? kTooOftenRetrySeconds : kBusyRetrySeconds;
  responder->answer(problem_response(error.code(), clock_.wall_ms(), wait_s));
}

void Relay::note_storage_error(const Error& error) {
  if (!broken_ && (error.code() == Code::kIo || error.code() == Code::kDamaged)) broken_ = error;
}

// ---- Time
// ---------------------------------------------------------------------------------------------------------

void Relay::tick() {
  held_.drop_gone();
  const SteadyMs now = clock_.steady_ms();
  while (auto expired = held_.take_expired(now)) {
    ++counters_.live_timeouts;
    expired->responder->answer(empty_answer(false));
  }
  save_acknowledgements();
}

void Relay::note_saved_acknowledgements() {
  acknowledgements_.saved();
  next_save_ = clock_.steady_ms() + kAcknowledgementsEveryMs;
}

void Relay::save_acknowledgements() {
  if (broken_ || !acknowledgements_.has_unsaved()) return;
  const auto save = [this]() -> Status {
    TB_TRY(auto write, storage_.begin());
    TB_CHECK(acknowledgements_.save(*write));
    return write->commit();
  };
  if (const Status status = save(); !status) return note_storage_error(status.error());
  note_saved_acknowledgements();
}

void Relay::drain(SteadyMs spread_ms) {
  draining_ = true;
  const SteadyMs now = clock_.steady_ms();
  const auto count = static_cast<SteadyMs>(std::max<std::size_t>(held_.size(), 1));
  SteadyMs place = 0;
  held_.hasten([&] { return now + spread_ms * place++ / count; });
}

}  // namespace thuisbasis
