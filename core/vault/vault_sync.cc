// SPDX-License-Identifier: EUPL-1.2
// The vault's side of a sync round: what it knows of the relay, what came back for what was sent.
#include <algorithm>

#include "core/base/assert.h"
#include "core/base/wire_bytes.h"
#include "core/vault/log_ahead.h"
#include "core/vault/log_marks.h"
#include "core/vault/open_removals.h"
#include "core/vault/vault_incoming.h"
#include "core/vault/vault_outgoing.h"
#include "core/vault/vault_refusals.h"
#include "core/vault/vault_state.h"
#include "core/vault/waiting_items.h"

#include "core/base/planted_bug.h"

namespace thuisbasis {
namespace {

Bytes encode_positions(const std::vector<CirclePosition>& positions) {
  ByteWriter writer;
  for (const CirclePosition& position : positions) {
    writer.raw(position.circle.view());
    writer.varint(position.sequence);
  }
  return writer.take();
}

Result<std::vector<CirclePosition>> decode_positions(ByteView bytes) {
  std::vector<CirclePosition> positions;
  for (ByteReader reader(bytes); reader.remaining() > 0;) {
    CirclePosition position;
    TB_TRY(position.circle, reader.id<CircleId>());
    TB_TRY(position.sequence, reader.varint());
    positions.push_back(position);
  }
  return positions;
}

class VaultSyncPort final : public SyncPort {
 public:
  explicit VaultSyncPort(VaultState& state) : state_(state) {}

  Result<RelayMemory> memory() override {
    const Values& values = state_.store.values;
    RelayMemory memory;
    TB_TRY(const auto epoch, values.get(value::kRelayEpoch));
    if (epoch) {
      TB_TRY(memory.epoch, RelayEpoch::from(*epoch));
    }
    TB_TRY(const auto key, values.get(value::kReceiptKey));
    if (key) {
      TB_TRY(memory.receipt_key, VerifyKey::parse(*key));
    }
    TB_TRY(const auto told, told_ ? told_ : values.get(value::kTold));
    if (told) {
      TB_TRY(memory.told, decode_positions(*told));
    }
    TB_TRY(const auto registered, values.get(value::kRegistered));
    memory.registered = registered.has_value();
    return memory;
  }

  Result<Bytes> certificate() override {
    TB_CHECK(state_.require_identity());
    return to_bytes(state_.identity->signed_certificate());
  }
  Result<DeviceId> device() override {
    TB_CHECK(state_.require_identity());
    return state_.self.device;
  }
  Signature sign_request(ByteView signature_base) override {
    TB_ASSERT(state_.identity.has_value());
    return state_.identity->signing().sign_raw(signature_base);
  }

  Status registered() override { return put(value::kRegistered, as_bytes("1")); }
  Status told(const std::vector<CirclePosition>& vector) override {
    Bytes bytes = encode_positions(vector);
    TB_TRY(const auto known, state_.store.values.get(value::kTold));
    told_ = known == bytes ? std::nullopt : std::optional(std::move(bytes));
    return {};
  }

  Status met_relay(const RelayEpoch& epoch, const VerifyKey& receipt_key) override {
    Values& values = state_.store.values;
    TB_TRY(const RelayMemory known, memory());
    if (known.receipt_key && known.receipt_key != receipt_key)
      return Error(Code::kBadSignature,
                   "the relay signs receipts with another key than before: ask the municipality whether the "
                   "relay was replaced");
    if (!known.receipt_key) unproven_key_ = receipt_key;
    if (known.epoch == epoch) return {};
    TB_TRY(WorkUnit unit, begin());
    TB_CHECK(values.put(value::kRelayEpoch, epoch.view()));
    TB_CHECK(values.erase(value::kTold));
    if (known.epoch) TB_CHECK(doubt_former_epoch());
    TB_CHECK(unit.commit());
    told_.reset();
    state_.held.clear();
    state_.heard_all = false;
    state_.ahead.reset();
    state_.shut_out.clear();
    if (known.epoch) state_.ask_first();
    return {};
  }

  Result<std::vector<CirclePosition>> positions() override {
    state_.heard_to.clear();
    state_.log_went_back = false;
    state_.names_certain = !state_.answered;
    TB_TRY(std::vector<CirclePosition> positions, log_positions(state_));
    for (const CirclePosition& named : positions) state_.heard_to[named.circle] = named.sequence;
    return positions;
  }

  Result<bool> logs_differ(const std::vector<LogPlaceAtRelay>& places) override {
    TB_TRY(WorkUnit unit, begin());
    TB_TRY(const bool went_back, compare_logs(state_, places));
    TB_CHECK(unit.commit());
    state_.answered = true;
    return went_back;
  }

  Result<Outgoing> outgoing(std::size_t limit_bytes, std::int64_t relay_ahead_ms) override {
    TB_CHECK(check_no_batch());
    TB_CHECK(state_.require_identity());
    return collect_outgoing(state_, limit_bytes, relay_ahead_ms);
  }

  Result<std::size_t> confirmed(const std::vector<Receipt>& receipts, ByteView proof) override {
    TB_TRY(WorkUnit unit, begin());
    if (unproven_key_) TB_CHECK(state_.store.values.put(value::kReceiptKey, unproven_key_->view()));
    TB_TRY(const std::int64_t kept, state_.store.log.add_receipt(proof));
    std::size_t known = 0;
    bool log_grew = false;  // as far as the relay is known to have it
    std::set<CircleRow> in_question;
    for (const Receipt& receipt : receipts) {
      TB_TRY(const bool one,
             std::visit([&](const auto& it) { return confirm_or_note(it, kept, in_question); }, receipt));
      known += one ? 1 : 0;
      log_grew = log_grew || (one && std::holds_alternative<MembershipReceipt>(receipt));
    }
    TB_CHECK(compare_places(state_, in_question));
    if (known == 0) TB_CHECK(state_.store.log.drop_receipt(kept));
    TB_CHECK(commit_with_told(unit));
    unproven_key_.reset();
    if (log_grew) TB_CHECK(retry_waiting_apart(state_));
    return known;
  }

  Result<bool> heard_all() override {
    if (state_.heard_in_part) return state_.log_went_back;  // the rest is asked for first
    state_.held.heard_all();
    state_.heard_all = true;
    state_.asks_left = 0;
    TB_TRY(const bool went_back, compare_log_ends(state_));
    state_.answered = true;
    return went_back;
  }

  Result<bool> refused(const std::vector<Refused>& refusals, WallMs relay_now) override {
    if (refusals.empty()) return false;
    TB_TRY(WorkUnit unit, begin());
    bool again = false;
    for (const Refused& refusal : refusals) {
      TB_TRY(const bool heard_once, take_refusal_apart(refusal, relay_now));
      again = again || heard_once;
    }
    TB_CHECK(unit.commit());
    return again;
  }

  Status arrived(const std::vector<Arrival>& arrivals) override {
    if (arrivals.empty()) return {};
    TB_CHECK(check_no_batch());
    TB_CHECK(state_.require_identity());
    TB_CHECK(take_arrivals(state_, arrivals));
    state_.answered = true;
    return {};
  }

  Status round_ended(std::string_view reason_code) override {
    TB_TRY(const auto problem, state_.store.values.get(value::kLastProblem));
    TB_TRY(const auto last, state_.store.values.integer(value::kLastSync));
    const WallMs now = state_.world.clock.wall_ms();
    const bool same_problem = (problem ? as_text(*problem) : std::string_view()) == reason_code;
    // An idle round that ended as the last one writes nothing for a minute: a disk is not worn for a
    // timestamp.
    if (!told_ && same_problem && last && now >= *last && now - *last < kRoundNoteEveryMs) return {};
    TB_TRY(WorkUnit unit, begin());
    TB_CHECK(state_.store.values.put(value::kLastProblem, as_bytes(reason_code)));
    if (reason_code.empty()) TB_CHECK(state_.store.values.put(value::kLastSync, now));
    return commit_with_told(unit);
  }

 private:
  /// What was read for certain may still be the relay's log, which the marks will tell; nothing else does.
  Status doubt_former_epoch() {
    TB_CHECK(state_.store.log.void_receipts());
    TB_TRY(const std::vector<StoredCircle> circles, state_.store.circles.all());
    for (const StoredCircle& circle : circles) TB_CHECK(go_back(state_, circle, circle.marked));
    return {};
  }

  static constexpr WallMs kRoundNoteEveryMs = 60'000;

  /// What a batch takes back must not have been told to anyone.
  Status check_no_batch() const {
    if (state_.batch) return Error(Code::kLocked, "a batch is open: commit or drop it before syncing");
    return {};
  }
  Result<WorkUnit> begin() {
    TB_CHECK(check_no_batch());
    return WorkUnit::begin(state_);
  }

  /// One refusal; when it cannot be dealt with now, the others still are.
  Result<bool> take_refusal_apart(const Refused& refusal, WallMs relay_now) {
    TB_TRY(WorkPart part, WorkPart::begin(state_));
    const Result<bool> heard_once = take_refusal(state_, refusal, relay_now);
    TB_TRY(const bool kept, std::move(part).end(heard_once ? Status() : Status(Error(heard_once.error()))));
    return kept && *heard_once;
  }

  Status commit_with_told(WorkUnit& unit) {
    if (told_) TB_CHECK(state_.store.values.put(value::kTold, *told_));
    TB_CHECK(unit.commit());
    told_.reset();
    return {};
  }

  Status put(std::string_view name, ByteView bytes) {
    TB_TRY(const auto known, state_.store.values.get(name));
    if (known && std::equal(known->begin(), known->end(), bytes.begin(), bytes.end())) return {};
    TB_TRY(WorkUnit unit, begin());
    TB_CHECK(state_.store.values.put(name, bytes));
    return unit.commit();
  }

  /// A receipt for what was not sent proves nothing of ours: noted, and the others count.
  template <typename One>
  Result<bool> confirm_or_note(const One& receipt, std::int64_t kept, std::set<CircleRow>& in_question) {
    TB_TRY(const auto circle, state_.store.circles.find(receipt.circle));
    TB_TRY(const bool taken, circle ? may_be_taken(state_, *circle, receipt.sequence) : Result<bool>(false));
    TB_TRY(const bool known, circle ? confirm(*circle, receipt, kept) : Result<bool>(false));
    if (known && taken) in_question.insert(circle->row);
    if (!known)
      TB_CHECK(state_.note(Alarm::kReceiptUnknown, circle ? circle->row : CircleRow{}, state_.self, 0));
    return known;
  }

  Result<bool> confirm(const StoredCircle& circle, const BundleReceipt& receipt, std::int64_t kept) {
    TB_TRY(const auto bundle, state_.store.log.bundle_covering(circle.row, receipt.author, receipt.last));
    if (!bundle || bundle->first != receipt.first || bundle->last != receipt.last ||
        bundle->chain != receipt.chain)
      return false;
    TB_TRY(const MemberCircle* members, state_.member_circle(circle));
    // A former member cannot read in which sealing the relay has it: the chain value says of which changes.
    if (!members->was_removed() && bundle_hash(bundle->bytes) != receipt.bundle) return false;
    TB_CHECK(state_.store.log.confirm(circle.row, receipt.author, receipt.first, receipt.last,
                                      receipt.sequence, kept));
    state_.held.answer({circle.row, receipt.author}, receipt.first);
    state_.shut_out.erase(circle.id);  // nobody gets one for work in a circle that is closed to it
    TB_CHECK(pass_own(state_, circle, receipt.sequence, receipt));
    return true;
  }

  Result<bool> confirm(const StoredCircle& circle, const MembershipReceipt& receipt, std::int64_t) {
    TB_TRY(const MemberCircle* opened, state_.member_circle(circle));
    const Sha256Digest* hash = opened->log().hash_at(receipt.index);
    if (hash == nullptr || *hash != receipt.entry_hash) return false;
    TB_CHECK(state_.store.circles.confirm_membership(circle.row, receipt.index, receipt.sequence));
    state_.held.confirm_entry(circle.row, receipt.index);
    const Member* self = opened->log().member(state_.self.device);
    if (self != nullptr && receipt.index >= self->admitted_at) state_.shut_out.erase(circle.id);
    TB_CHECK(forget_settled_removals(state_, circle));
    TB_CHECK(pass_own(state_, circle, receipt.sequence, receipt));
    return true;
  }

  VaultState& state_;
  std::optional<VerifyKey> unproven_key_;  ///< what a greeting says, before a receipt shows that it is so
  std::optional<Bytes> told_;              ///< the vector the relay took, until a commit takes it along
};

}  // namespace

std::unique_ptr<SyncPort> make_sync_port(VaultState& state) { return std::make_unique<VaultSyncPort>(state); }

}  // namespace thuisbasis
