// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/network.h"

#include "platform/https_client/answer_check.h"

namespace thuisbasis::sim {
namespace {

constexpr SteadyMs kTimeoutMs = 60 * kSecond;
constexpr SteadyMs kHeldTimeoutMs = 75 * kSecond;
constexpr SteadyMs kDelayMsMax = 6 * kHour;
constexpr std::size_t kOverheardMax = 32;
constexpr std::uint64_t kEvilSeed = 0x6576696c;
constexpr const char* kHost = "relay.test";

Error unreachable(const char* what) { return {Code::kUnreachable, what}; }

}  // namespace

Network::Network(const Town& town, RelayHouse& relay, std::uint64_t seed)
    : schedule_(town.schedule),
      swarm_(town.swarm),
      findings_(town.findings),
      canary_(town.canary),
      relay_(relay),
      dice_(seed),
      evil_(seed ^ kEvilSeed) {}

bool Network::strikes(Fault fault) {
  if (!swarm_.strikes(fault, dice_)) return false;
  swarm_.count(fault);
  findings_.note("network: " + std::string(fault_name(fault)));
  return true;
}

void Network::cut_off(std::size_t device, SteadyMs how_long, bool one_way) {
  lines_[device].cut_off = {schedule_.now() + how_long, one_way};
}

void Network::heal() {
  for (auto& [device, line] : lines_) line.cut_off = {};
}

// ---- There

void Network::send(std::size_t device, const HttpRequest& request, bool held, Done done) {
  canary_.look("a request", request.body);
  canary_.look("a request's target", as_bytes(request.target));
  for (const auto& field : request.headers.fields())
    canary_.look("a request's headers", as_bytes(field.value));
  if (on_sync_ && request.path() == kSyncPath) on_sync_(request.body);
  const std::uint64_t exchange = next_exchange_++;
  findings_.note("device " + std::to_string(device) + ": request " + request.target, request.body);
  exchanges_.emplace(exchange, Exchange{device, std::string(request.path()), std::move(done)});
  schedule_.after(held ? kHeldTimeoutMs : kTimeoutMs,
                  [this, exchange] { finish(exchange, unreachable("no answer in time")); });
  if (interfere(exchange)) return;

  Line& line = lines_[device];
  HttpRequest copy = request;
  spoil(copy);
  if (strikes(Fault::kRequestReplayed) && !overheard_.empty())
    carry_stray(overheard_[dice_.below(overheard_.size())], dice_.between(1, kMinute));
  overheard_.push_back(request);
  if (overheard_.size() > kOverheardMax) overheard_.pop_front();
  if (strikes(Fault::kRequestDuplicated)) carry_stray(copy, dice_.between(0, 2 * kSecond));
  std::optional<HttpRequest> overtaken = std::exchange(line.overtaken, std::nullopt);
  if (strikes(Fault::kRequestReordered)) {
    line.overtaken = std::move(copy);
  } else if (strikes(Fault::kRequestDelayed)) {
    const auto wait = static_cast<SteadyMs>(dice_.log_uniform(kMinute, kDelayMsMax));
    schedule_.after(wait, [this, exchange, late = std::move(copy)] { carry(exchange, late); });
  } else {
    const SteadyMs wait = travel_time(copy.body.size());
    schedule_.after(wait, [this, exchange, sent = std::move(copy)] { carry(exchange, sent); });
  }
  if (overtaken) carry_stray(std::move(*overtaken), 3 * kSecond);
}

/// Something on the way answers, or swallows the request.
bool Network::interfere(std::uint64_t exchange) {
  const std::size_t device = exchanges_.at(exchange).device;
  const CutOff& cut = lines_[device].cut_off;
  if (cut.until > schedule_.now() && !cut.one_way) return true;
  const auto answer_soon = [&](Result<HttpResponse> answer) {
    schedule_.after(dice_.between(1, kSecond),
                    [this, exchange, what = std::move(answer)] { finish(exchange, what); });
    return true;
  };
  if (strikes(Fault::kConnectionRefused)) return answer_soon(unreachable("connection refused"));
  if (strikes(Fault::kCaptivePortal)) return answer_soon(portal_page());
  if (strikes(Fault::kProxyBusy)) return answer_soon(proxy_error());
  if (strikes(Fault::kRelayImposter)) {
    HttpResponse imposter = sync_response(Bytes(dice_.below(200)));
    for (Byte& byte : imposter.body) byte = static_cast<Byte>(dice_.below(256));
    return answer_soon(std::move(imposter));
  }
  return strikes(Fault::kRequestLost);
}

void Network::carry(std::uint64_t exchange, HttpRequest request) {
  relay_.arrive(
      std::move(request), [this, exchange] { return exchanges_.count(exchange) == 0; },
      [this, exchange](std::optional<HttpResponse> response) { come_back(exchange, std::move(response)); });
}

/// A request that nobody waits for any more, or twice.
void Network::carry_stray(HttpRequest request, SteadyMs wait) {
  schedule_.after(wait, [this, stray = std::move(request)] {
    relay_.arrive(
        stray, [] { return true; }, [](const std::optional<HttpResponse>&) {});
  });
}

// ---- And back

void Network::come_back(std::uint64_t exchange, std::optional<HttpResponse> response) {
  const auto found = exchanges_.find(exchange);
  if (response) {
    canary_.look("an answer", response->body);
    findings_.note("relay: answers " + std::to_string(response->status), response->body);
  }
  if (found == exchanges_.end()) return;
  if (!response) return finish(exchange, unreachable("the connection was closed"));
  Line& line = lines_[found->second.device];
  if (line.cut_off.until > schedule_.now()) return;
  if (strikes(Fault::kAnswerLost)) return;
  SteadyMs wait = travel_time(response->body.size());
  if (strikes(Fault::kAnswerDelayed)) wait += dice_.between(kSecond, 3 * kMinute);
  if (response->status == 200 && found->second.target == "/v1/sync") do_harm(*response);
  const HttpResponse untouched = *response;
  const bool whole = spoil(*response, line, found->second.target);
  line.former_answers[found->second.target] = untouched;
  Result<HttpResponse> answer = unreachable("the connection was cut");
  if (whole) answer = std::move(*response);
  schedule_.after(wait, [this, exchange, what = std::move(answer)] { finish(exchange, what); });
}

void Network::finish(std::uint64_t exchange, Result<HttpResponse> answer) {
  const auto found = exchanges_.find(exchange);
  if (found == exchanges_.end()) return;
  const Done done = std::move(found->second.done);
  exchanges_.erase(found);
  if (answer) {
    if (const Status checked = check_answer(*answer, kHost); !checked) answer = Error(checked.error());
  }
  done(std::move(answer));
}

// ---- Damage

void Network::flip_bit(Bytes& bytes) {
  if (bytes.empty()) return;
  bytes[dice_.below(bytes.size())] ^= static_cast<Byte>(1U << dice_.below(8));
}

void Network::strip(HttpHeaders& headers) {
  if (headers.fields().empty()) return;
  const std::string name = headers.fields()[dice_.below(headers.fields().size())].name;
  headers.remove(name);
}

void Network::spoil(HttpRequest& request) {
  if (strikes(Fault::kRequestCorrupted)) flip_bit(request.body);
  if (strikes(Fault::kHeadersStripped)) strip(request.headers);
}

bool Network::spoil(HttpResponse& response, Line& line, const std::string& target) {
  if (strikes(Fault::kHeadersStripped)) strip(response.headers);
  const auto former = line.former_answers.find(target);
  if (former != line.former_answers.end() && strikes(Fault::kAnswerOfBefore)) response = former->second;
  if (strikes(Fault::kAnswerCorrupted)) flip_bit(response.body);
  if (strikes(Fault::kAnswerTruncated)) response.body.resize(dice_.below(response.body.size() + 1));
  return !strikes(Fault::kAnswerCut);
}

void Network::do_harm(HttpResponse& response) {
  using Harm = bool (EvilRelay::*)(Bytes&);
  static constexpr std::array<std::pair<Fault, Harm>, 5> kHarms{{
      {Fault::kRelayWithholds, &EvilRelay::withhold},
      {Fault::kRelayReorders, &EvilRelay::reorder},
      {Fault::kRelayRepeats, &EvilRelay::repeat},
      {Fault::kRelayMixes, &EvilRelay::mix},
      {Fault::kRelayForges, &EvilRelay::forge},
  }};
  if (swarm_.is_on(Fault::kRelayMixes) && !swarm_.ended()) evil_.remember(response.body);
  for (const auto& [fault, harm] : kHarms) {
    if (!swarm_.strikes(fault, dice_) || !(evil_.*harm)(response.body)) continue;
    swarm_.count(fault);
    findings_.note("relay: " + std::string(fault_name(fault)));
  }
}

HttpResponse Network::portal_page() {
  static constexpr std::array kStatuses{200, 302, 307, 403, 511};
  HttpResponse page;
  page.status = kStatuses[dice_.below(kStatuses.size())];
  page.headers.add("content-type", "text/html");
  page.body = to_bytes(as_bytes("<html>Log in</html>"));
  return page;
}

HttpResponse Network::proxy_error() {
  static constexpr std::array kStatuses{404, 407, 413, 429, 500, 502, 503, 504};
  HttpResponse error;
  error.status = kStatuses[dice_.below(kStatuses.size())];
  if (dice_.chance(0.5)) error.headers.add("retry-after", std::to_string(dice_.below(120)));
  return error;
}

SteadyMs Network::travel_time(std::size_t bytes) {
  const SteadyMs wait = dice_.between(10, 200);
  if (!strikes(Fault::kSlowLink)) return wait;
  return wait + static_cast<SteadyMs>(bytes) + kSecond;  // 8 kbit/s
}

}  // namespace thuisbasis::sim
