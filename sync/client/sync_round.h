// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "sync/client/answer.h"
#include "sync/wire/http_message.h"

namespace thuisbasis {

/// What a round achieved so far, in numbers without personal data.
struct RoundReport {
  std::uint64_t requests = 0;
  std::uint64_t sent = 0;  ///< bundles and entries
  std::uint64_t confirmed = 0;
  std::uint64_t refused = 0;
  std::uint64_t arrived = 0;
  std::uint64_t bytes_up = 0;  ///< of bodies
  std::uint64_t bytes_down = 0;
  std::optional<Refused> first_refusal;
  /// Whoever refused a request wants to be left alone for so long.
  std::optional<std::chrono::seconds> retry_after;
};

/// One sync of a vault with its relay, as steps without sockets: take the request, send it, hand in the
/// answer, until there is no next request. Everything that an answer brought is durable before the next step,
/// so a round may be dropped anywhere and the next one goes on from there. Vault, clock and random must
/// outlive it; one thread.
class SyncRound final {
 public:
  struct Options {
    std::size_t push_bytes_max = std::size_t{8} << 20;  ///< of bundles in one request
    std::uint64_t pull_bytes_max = 0;                   ///< in one answer; 0: as the relay likes
    bool hold = false;  ///< first wait for news (GET /v1/live), then go on as usual
  };
  SyncRound(SyncPort& port, RelayTime& relay_time, Random& random, const Options& options)
      : port_(port), relay_time_(relay_time), random_(random), options_(options), hold_(options.hold) {}

  /// The next request, signed; nothing when the round is complete.
  Result<std::optional<HttpRequest>> next();
  /// The answer to the last request. kClock, kUnknownDevice, kReplayed and a wish for all cursors are mended
  /// by the next request, a few times; every other error ends the round, and how it went is noted in the
  /// vault.
  Status take(const HttpResponse& response, std::string_view host);
  /// The request could not be exchanged: ends the round, noted in the vault. Returns the error.
  Error failed(Error error);

  const RoundReport& report() const { return report_; }
  /// The request that next() gave is one the relay holds until there is news.
  bool holding() const { return sent_ == Sent::kLive; }

 private:
  enum class Sent { kNothing, kDevice, kLive, kSync };
  static constexpr int kMendsMax = 4;
  static constexpr int kFruitlessMax = 3;
  static constexpr int kAsksMax = 16;
  static constexpr std::uint64_t kRequestsMax = 100'000;

  Result<HttpRequest> device_request();
  Result<HttpRequest> live_request();
  Result<HttpRequest> sync_request();
  Result<HttpRequest> signed_request(HttpRequest request);
  Status take_problem(const HttpResponse& response, std::string_view host);
  Result<bool> was_progress(const AnswerEffect& effect);
  Status take_answer(const HttpResponse& response);
  /// Spends one of the few attempts to mend; the error itself when there are none left.
  Status mend(Error error);
  Status finish(Status status);

  SyncPort& port_;
  RelayTime& relay_time_;
  Random& random_;
  Options options_;
  RoundReport report_;
  Sent sent_ = Sent::kNothing;
  bool hold_ = false;
  bool done_ = false;
  bool all_cursors_ = false;
  bool register_ = false;
  bool pushes_left_ = false;
  bool offered_again_ = false;  ///< what the relay lost: in this round already
  RelayMemory memory_;          // when the last request was made
  std::vector<CirclePosition> vector_sent_;
  std::optional<MarksHash> marks_sent_;  // of a sync request
  int asked_first_ = 0;                  // requests that offered nothing yet
  int mends_ = 0;
  int fruitless_ = 0;
};

}  // namespace thuisbasis
