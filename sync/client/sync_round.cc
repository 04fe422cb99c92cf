// SPDX-License-Identifier: EUPL-1.2
#include "sync/client/sync_round.h"

#include <algorithm>
#include <iterator>

#include "sync/wire/device_registration.h"
#include "sync/wire/live_query.h"
#include "sync/wire/problem.h"
#include "sync/wire/request_signature.h"

namespace thuisbasis {
namespace {

/// Signs requests with the key that the vault keeps.
class PortSigner final : public RequestSigner {
 public:
  PortSigner(SyncPort& port, const DeviceId& device) : port_(port), device_(device) {}
  DeviceId device() const override { return device_; }
  Signature sign_raw(ByteView message) const override { return port_.sign_request(message); }

 private:
  SyncPort& port_;
  DeviceId device_;
};

std::vector<CircleCursor> cursors_of(const std::vector<CirclePosition>& positions) {
  std::vector<CircleCursor> cursors;
  cursors.reserve(positions.size());
  for (const CirclePosition& position : positions) cursors.push_back({position.circle, position.sequence});
  return cursors;
}

/// What differs from the vector the relay last took; both are sorted. A circle that is gone stands at its
/// beginning again.
std::vector<CircleCursor> cursors_since(const std::vector<CirclePosition>& told,
                                        const std::vector<CirclePosition>& now) {
  std::vector<CircleCursor> changed;
  auto before = told.begin();
  for (const CirclePosition& position : now) {
    for (; before != told.end() && before->circle < position.circle; ++before)
      changed.push_back({before->circle, 0});
    const bool known = before != told.end() && before->circle == position.circle;
    if (!known || before->sequence != position.sequence)
      changed.push_back({position.circle, position.sequence});
    if (known) ++before;
  }
  for (; before != told.end(); ++before) changed.push_back({before->circle, 0});
  return changed;
}

MarksHash marks_hash_of(const std::vector<CirclePosition>& positions) {
  MarksHasher hasher;
  for (const CirclePosition& position : positions)
    if (position.mark) hasher.add(position.circle, *position.mark);
  return hasher.finish();
}

bool is_mended_by_waiting_for_news(Refused::Reason reason) {
  return reason == Refused::Reason::kStaleEpoch || reason == Refused::Reason::kStaleLog ||
         reason == Refused::Reason::kClock || reason == Refused::Reason::kFork ||
         reason == Refused::Reason::kNumberGap || reason == Refused::Reason::kCutOff;
}

}  // namespace

Result<std::optional<HttpRequest>> SyncRound::next() {
  if (done_) return std::optional<HttpRequest>();
  if (++report_.requests > kRequestsMax) return Error(Code::kProtocol, "the relay has more news without end");
  TB_TRY(memory_, port_.memory());
  if (register_ || !memory_.registered) {
    sent_ = Sent::kDevice;
    TB_TRY(HttpRequest request, device_request());
    return std::optional<HttpRequest>(std::move(request));
  }
  if (hold_ && memory_.epoch) {
    hold_ = false;
    sent_ = Sent::kLive;
    TB_TRY(HttpRequest request, live_request());
    return std::optional<HttpRequest>(std::move(request));
  }
  sent_ = Sent::kSync;
  TB_TRY(HttpRequest request, sync_request());
  report_.bytes_up += request.body.size();
  return std::optional<HttpRequest>(std::move(request));
}

Result<HttpRequest> SyncRound::signed_request(HttpRequest request) {
  TB_TRY(const DeviceId device, port_.device());
  sign_request(request, PortSigner(port_, device), relay_time_.now(), random_id<RequestNonce>(random_));
  return request;
}

Result<HttpRequest> SyncRound::device_request() {
  TB_TRY(const Bytes certificate, port_.certificate());
  return signed_request(
      sync_request_message("POST", std::string(kDevicePath), encode_device_registration(certificate)));
}

Result<HttpRequest> SyncRound::live_request() {
  TB_TRY(vector_sent_, port_.positions());
  marks_sent_.reset();
  LiveQuery query;
  query.relay_epoch = *memory_.epoch;
  query.cursor_hash = cursor_vector_hash(cursors_of(vector_sent_));
  return signed_request(sync_request_message("GET", live_target(query), {}));
}

Result<HttpRequest> SyncRound::sync_request() {
  TB_TRY(Outgoing outgoing, port_.outgoing(options_.push_bytes_max, relay_time_.ahead_ms()));
  TB_TRY(vector_sent_, port_.positions());
  SyncRequest request;
  request.relay_epoch = memory_.epoch;
  request.cursor_hash = cursor_vector_hash(cursors_of(vector_sent_));
  request.all_cursors = all_cursors_ || !memory_.epoch;
  request.cursors =
      request.all_cursors ? cursors_of(vector_sent_) : cursors_since(memory_.told, vector_sent_);
  request.limit_bytes = options_.pull_bytes_max;
  marks_sent_ = marks_hash_of(vector_sent_);
  request.marks_hash = marks_sent_;
  request.wants_earlier =
      outgoing.asks_first || std::all_of(vector_sent_.begin(), vector_sent_.end(),
                                         [](const CirclePosition& one) { return one.mark.has_value(); });
  for (OutgoingEntry& entry : outgoing.entries)
    request.membership.push_back(
        {std::move(entry.signed_entry), std::move(entry.archive_wrap), entry.offered_again});
  request.bundles = std::move(outgoing.bundles);
  report_.sent += request.membership.size() + request.bundles.size();
  pushes_left_ = outgoing.more || (outgoing.asks_first && ++asked_first_ <= kAsksMax);
  return signed_request(sync_request_message("POST", std::string(kSyncPath), encode_sync_request(request)));
}

Status SyncRound::take(const HttpResponse& response, std::string_view host) {
  if (response.status != 200 && response.status != 204) return finish(take_problem(response, host));
  if (sent_ == Sent::kDevice) {
    register_ = false;
    return finish(port_.registered());
  }
  if (response.status == 204) return {};  // a held request without news: the round goes on
  return finish(take_answer(response));
}

Status SyncRound::take_problem(const HttpResponse& response, std::string_view host) {
  if (const auto problem = read_problem(response)) relay_time_.heard(problem->time_ms);
  report_.retry_after = retry_after(response.headers);
  Error error = error_of_response(response, host);
  switch (error.code()) {
    case Code::kUnknownDevice:
      register_ = true;
      return mend(std::move(error));
    case Code::kClock:
    case Code::kReplayed:
      return mend(std::move(error));
    default:
      return error;
  }
}

Status SyncRound::mend(Error error) {
  if (++mends_ > kMendsMax) return error;
  return {};
}

Status SyncRound::take_answer(const HttpResponse& response) {
  report_.bytes_down += response.body.size();
  AnswerEffect effect;
  AnswerReader reader(port_, relay_time_, memory_, marks_sent_,
                      sent_ == Sent::kSync ? &vector_sent_ : nullptr);
  const Status read = reader.read(response.body, effect);
  report_.confirmed += effect.confirmed;
  report_.refused += effect.refused;
  report_.arrived += effect.arrived;
  if (!report_.first_refusal) report_.first_refusal = effect.first_refusal;
  if (!read) return Error(read.error());
  if (effect.need_cursors) {
    all_cursors_ = true;
    return mend(Error(Code::kProtocol, "the relay never accepts the cursors"));
  }
  all_cursors_ = false;
  const bool heard_all = !effect.new_relay_epoch && !effect.relay_went_back && !effect.more;
  if (sent_ == Sent::kSync && heard_all) {
    TB_TRY(const bool lost_something, port_.heard_all());
    // Once a round: a relay that keeps something back would never have it.
    if (lost_something && !std::exchange(offered_again_, true)) pushes_left_ = true;
  }
  if (effect.new_relay_epoch) return {};  // everything is offered and asked for again
  if (effect.relay_went_back) return mend(Error(Code::kProtocol, "the relay's log is another each time"));
  const bool try_again = effect.hear_again || (effect.first_refusal &&
                                               is_mended_by_waiting_for_news(effect.first_refusal->reason));
  const bool after_hold = sent_ == Sent::kLive;
  done_ = !after_hold && !effect.more && !pushes_left_ && !try_again;
  TB_TRY(const bool progress, was_progress(effect));
  fruitless_ = progress ? 0 : fruitless_ + 1;
  if (fruitless_ >= kFruitlessMax) done_ = true;
  return {};
}

/// Whether the answer brought the round on. What lies beyond a gap in a log that the relay keeps back is told
/// and told again, and counts for nothing.
Result<bool> SyncRound::was_progress(const AnswerEffect& effect) {
  if (effect.confirmed != 0 || effect.hear_again) return true;
  if (effect.arrived == 0 || done_) return effect.arrived != 0;
  TB_TRY(const std::vector<CirclePosition> now, port_.positions());
  return now != vector_sent_;
}

Error SyncRound::failed(Error error) {
  done_ = true;
  (void)port_.round_ended(code_name(error.code()));
  return error;
}

Status SyncRound::finish(Status status) {
  if (!status) return failed(std::move(status.error()));
  if (done_) return port_.round_ended("");
  return {};
}

}  // namespace thuisbasis
