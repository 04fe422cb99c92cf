// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "core/base/assert.h"
#include "core/crypto/signing.h"
#include "sync/client/sync_session.h"
#include "sync/relay/relay.h"

namespace thuisbasis::testing_support {

class TestReceiptSigner final : public ReceiptSigner {
 public:
  explicit TestReceiptSigner(Random& random) : key_(SigningKey::generate(random)) {}
  VerifyKey public_key() const override { return key_.public_key(); }
  Signature sign(std::string_view label, ByteView message) const override {
    return key_.sign(label, message);
  }

 private:
  SigningKey key_;
};

/// The relay's own logic, reached by function calls instead of sockets. Faults are set by hand: the next
/// answers can be lost after the commit, requests lost before it, answers cut.
class LoopbackRelay final : public Exchange {
 public:
  LoopbackRelay(RelayStorage& storage, const VerifyKey& registrar, Clock& clock, Random& random)
      : signer_(random), clock_(clock), random_(random), registrar_(registrar) {
    open(storage);
  }

  /// Another process over another (or the same) storage: caches and nonces are gone.
  void open(RelayStorage& storage) {
    relay_.reset();
    auto opened = Relay::open({storage, signer_, clock_, random_}, registrar_, RelayLimits{});
    TB_ASSERT(opened.has_value());
    relay_ = std::move(*opened);
  }

  Result<HttpResponse> exchange(const HttpRequest& request, bool) override {
    ++requests;
    bytes_up += request.body.size();
    last_request = request;
    if (on_request) on_request(request);
    if (lose_requests > 0) {
      --lose_requests;
      return Error(Code::kUnreachable, "the request was lost");
    }
    std::optional<HttpResponse> answer;
    relay_->submit(request, std::make_unique<Slot>(answer));
    while (relay_->has_pending()) relay_->flush();
    if (lose_answers > 0) {
      --lose_answers;
      return Error(Code::kUnreachable, "the answer was lost");
    }
    if (!answer) return Error(Code::kUnavailable, "the relay holds the request");
    if (cut_answers_at && answer->body.size() > *cut_answers_at) answer->body.resize(*cut_answers_at);
    if (on_answer) on_answer(*answer);
    bytes_down += answer->body.size();
    return std::move(*answer);
  }
  std::string_view host() const override { return "relay.test"; }

  Relay& relay() { return *relay_; }
  VerifyKey receipt_key() const { return signer_.public_key(); }

  int lose_requests = 0;
  int lose_answers = 0;
  std::optional<std::size_t> cut_answers_at;
  std::function<void(const HttpRequest&)> on_request;
  std::function<void(HttpResponse&)> on_answer;
  std::optional<HttpRequest> last_request;
  std::uint64_t requests = 0;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;

 private:
  class Slot final : public RelayResponder {
   public:
    explicit Slot(std::optional<HttpResponse>& answer) : answer_(answer) {}
    void answer(HttpResponse response) override { answer_ = std::move(response); }
    bool is_gone() const override { return false; }

   private:
    std::optional<HttpResponse>& answer_;
  };

  TestReceiptSigner signer_;
  Clock& clock_;
  Random& random_;
  VerifyKey registrar_;
  std::unique_ptr<Relay> relay_;
};

}  // namespace thuisbasis::testing_support
