// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/evil_peer.h"

#include "core/circle/enrolment.h"
#include "core/merge/operation.h"

namespace thuisbasis::sim {
namespace {

constexpr WallMs kTenYears = 3650 * kDay;

}  // namespace

EvilPeer::EvilPeer(const Town& town, std::uint64_t seed)
    : schedule_(town.schedule),
      findings_(town.findings),
      network_(town.network),
      dice_(seed),
      clock_(schedule_),
      random_(dice_.seed()),
      identity_(town.municipality.certified_device("Iemand")),
      roots_{town.municipality.registrar_key(), town.municipality.archive().public_key()},
      sealer_(random_),
      relay_time_(clock_) {}

Bytes EvilPeer::answer_of_registrar() const {
  return encode_enrolment_answer(
      {to_bytes(identity_.signed_certificate()), to_bytes(identity_.attributes())});
}

// ---- Rounds

void EvilPeer::plan_sync(SteadyMs wait) {
  schedule_.after(wait, [this] { sync(); });
}

void EvilPeer::sync() {
  if (round_) return;
  round_.emplace(*this, relay_time_, random_, SyncRound::Options{});
  go_on();
}

void EvilPeer::go_on() {
  auto request = round_->next();
  if (!request || !*request) {
    round_.reset();
    return plan_sync(dice_.between(kMinute, 3 * kMinute));
  }
  network_.send(kIndex, **request, false, [this](const Result<HttpResponse>& answer) { take(answer); });
}

void EvilPeer::take(const Result<HttpResponse>& answer) {
  const Status taken = answer ? round_->take(*answer, "relay.test") : Status(Error(answer.error()));
  if (taken) return go_on();
  round_.reset();
  plan_sync(dice_.between(kMinute, 3 * kMinute));
}

Result<RelayMemory> EvilPeer::memory() { return memory_; }

Status EvilPeer::registered() {
  memory_.registered = true;
  return {};
}

Status EvilPeer::met_relay(const RelayEpoch& epoch, const VerifyKey& receipt_key) {
  memory_.epoch = epoch;
  memory_.receipt_key = receipt_key;
  memory_.told.clear();
  places_.clear();
  return {};
}

Result<std::vector<CirclePosition>> EvilPeer::positions() {
  std::vector<CirclePosition> all;
  for (const auto& [circle, place] : places_) all.push_back({circle, place.sequence, std::nullopt});
  return all;
}

Status EvilPeer::told(const std::vector<CirclePosition>& vector) {
  memory_.told = vector;
  return {};
}

Status EvilPeer::arrived(const std::vector<Arrival>& arrivals) {
  for (const Arrival& arrival : arrivals) {
    auto& place = places_.try_emplace(arrival.circle, MemberCircle(identity_, roots_)).first->second;
    if (arrival.sequence != place.sequence + 1) continue;
    place.sequence = arrival.sequence;
    if (arrival.is_entry) {
      (void)place.members.apply(arrival.bytes);
    } else if (const auto bundle = parse_bundle(arrival.bytes)) {
      place.others[bundle->header.author] = {bundle->header.last, bundle->header.chain};
    }
  }
  return {};
}

Result<Outgoing> EvilPeer::outgoing(std::size_t, std::int64_t) {
  Outgoing outgoing;
  outgoing.bundles = std::exchange(sealed_, {});
  return outgoing;
}

// ---- Deeds

bool EvilPeer::strike() {
  const auto readable = std::find_if(places_.begin(), places_.end(), [](const auto& one) {
    return one.second.members.newest_key() != nullptr;
  });
  if (readable == places_.end() || deeds_ == kDeedsMax) return false;
  const Place& place = readable->second;
  SealRequest request;
  request.author = {identity_.device(), random_id<InstanceId>(random_)};
  request.previous = chain_start(readable->first, request.author);
  request.membership_index = place.members.log().size() - 1;
  request.membership_hash = place.members.log().head();
  request.others = place.others;
  request.signed_time = relay_time_.now();
  std::vector<Bytes> bytes;
  const std::size_t changes = 1 + dice_.below(3);
  for (std::size_t i = 0; i < changes; ++i) bytes.push_back(wrong_change({request.author, i + 1}, place));
  std::vector<FrozenChange> frozen;
  for (const Bytes& one : bytes) frozen.push_back({one, random_id<SaltSeed>(random_), std::nullopt});
  if (dice_.chance(0.1)) frozen.back() = {{}, {}, random_id<ChangeCommitment>(random_)};
  request.changes = frozen;
  spoil(request, place);
  auto sealed = sealer_.seal(request, *place.members.newest_key(), identity_.signing());
  if (!sealed) return false;
  findings_.note("evil peer: seals", sealed->bundle);
  sealed_.push_back(std::move(sealed->bundle));
  ++deeds_;
  return true;
}

/// A new record of its own, as any other device would make it.
Change EvilPeer::change_of(const Dot& dot) {
  Change change;
  change.dot = dot;
  change.time = HybridTime::from_ms(relay_time_.now());
  RecordChange record;
  record.record = random_id<RecordId>(random_);
  record.kind = 1 + static_cast<std::uint32_t>(dice_.below(10));
  record.created = true;
  change.records.push_back(std::move(record));
  return change;
}

FieldValue EvilPeer::any_value() {
  switch (dice_.below(3)) {
    case 0:
      return FieldValue::none();
    case 1:
      return FieldValue::text(to_string(random_id<RecordId>(random_).view()));
    default:
      return FieldValue::varint(random_id<RecordId>(random_).view()[0] % 2 == 0 ? UINT64_MAX : dice_.seed());
  }
}

Bytes EvilPeer::wrong_change(const Dot& dot, const Place& place) {
  Change change = change_of(dot);
  std::vector<Operation>& operations = change.records.front().operations;
  const auto operation = [&](std::uint32_t field, std::uint8_t rule) {
    operations.push_back({field, rule, {}, any_value(), dice_.chance(0.3)});
  };
  switch (dice_.below(8)) {
    case 0: {  // no change at all
      Bytes garbage(1 + dice_.below(300));
      for (Byte& byte : garbage) byte = static_cast<Byte>(dice_.below(256));
      return garbage;
    }
    case 1:  // of the last day there is
      change.time.value = UINT64_MAX;
      break;
    case 2:  // after what nobody wrote
      if (!place.others.empty())
        change.seen.raise(place.others.begin()->first, place.others.begin()->second.number + ahead());
      break;
    case 3:  // under another number than the bundle says
      change.dot.number += kFarAhead;
      break;
    case 4:  // values that no field of this rule has
      for (std::uint32_t field = 1; field < 8; ++field)
        operation(field, static_cast<std::uint8_t>(1 + dice_.below(8)));
      break;
    case 5:  // rules, fields and kinds of no version
      change.records.front().kind = 1 + static_cast<std::uint32_t>(dice_.below(UINT32_MAX));
      operation(kFieldNumberMax, static_cast<std::uint8_t>(100 + dice_.below(100)));
      break;
    case 6:  // instead of what others wrote, which is not there
      operation(2, static_cast<std::uint8_t>(Rule::kRegister));
      for (const auto& [author, point] : place.others)
        operations.back().replaces.push_back({author, 1 + dice_.below(point.number)});
      break;
    default:  // a deletion of what it cannot have seen
      operations.push_back({kLifecycleField,
                            static_cast<std::uint8_t>(Rule::kLifecycle),
                            {},
                            FieldValue::text("nothing"),
                            true});
  }
  const auto bytes = encode_change(change);
  return bytes ? *bytes : Bytes(10, 0xff);
}

/// What the bundle says around its changes.
void EvilPeer::spoil(SealRequest& request, const Place& place) {
  switch (dice_.below(8)) {
    case 0:
      request.digest = random_id<StateDigest>(random_);
      break;
    case 1:
      request.frontier = random_id<Sha256Digest>(random_);
      break;
    case 2:
      request.signed_time += dice_.chance(0.5) ? kTenYears : -kTenYears;
      break;
    case 3:
      request.first += kFarAhead;
      break;
    case 4:
      request.previous = random_id<ChainValue>(random_);
      break;
    case 5:
      for (const auto& [author, point] : place.others) request.seen.raise(author, point.number + ahead());
      break;
    default:
      break;
  }
}

}  // namespace thuisbasis::sim
