// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/verify/chain.h"
#include "sync/relay/relay.h"
#include "sync/wire/live_query.h"
#include "sync/wire/problem.h"
#include "tests/core/circle/circle_world.h"
#include "tests/support/fake_clock.h"
#include "tests/sync/relay/memory_relay_storage.h"

namespace thuisbasis::relay_test {

/// What came back for one request, decoded; receipts are checked against the relay's key while decoding.
struct Answer {
  int status = 0;
  std::optional<Problem> problem;
  std::optional<std::chrono::seconds> retry_after;
  std::optional<HelloFrame> hello;
  std::vector<Receipt> receipts;
  std::optional<ReceiptProof> proof;
  std::vector<RefusalFrame> refusals;
  std::vector<EntryFrame> entries;
  std::vector<BundleFrame> bundles;
  std::optional<PlacesFrame> places;
  std::optional<EndFrame> end;

  /// The sequence of receipt number `i`; 0 without one.
  std::uint64_t sequence(std::size_t i = 0) const {
    if (i >= receipts.size()) return 0;
    return std::visit([](const auto& receipt) { return receipt.sequence; }, receipts[i]);
  }
  RefusalReason refusal(std::size_t i = 0) const {
    return i < refusals.size() ? refusals[i].reason : RefusalReason::kUnspecified;
  }
};

/// One request under way.
class Call final {
 public:
  bool answered() const { return state_->answer.has_value(); }
  Answer answer() const;
  void hang_up() { state_->gone = true; }
  std::unique_ptr<RelayResponder> responder() const;

 private:
  struct State {
    std::optional<HttpResponse> answer;
    int answers = 0;
    bool gone = false;
  };
  class Slot;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A device that can sign requests and bundles, and remembers where its chain stands.
struct TestDevice final : RequestSigner {
  TestDevice(circle_test::World& world, const std::string& name) : TestDevice(world, world.device(name)) {}
  TestDevice(circle_test::World& world, DeviceIdentity own)
      : identity(std::move(own)), author{identity.device(), random_id<InstanceId>(world.random)} {}
  DeviceId device() const override { return identity.device(); }
  Signature sign_raw(ByteView message) const override { return identity.signing().sign_raw(message); }

  DeviceIdentity identity;
  Author author;
  CursorVector cursors;
};

/// What a bundle's header says; the content is random bytes, as it is to the relay.
struct BundlePlan {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  std::uint32_t epoch = 1;
  std::uint32_t index = 1;
  std::optional<Sha256Digest> entry = std::nullopt;   ///< at that index; none: as the relay has it
  std::optional<ChainValue> previous = std::nullopt;  ///< none: as test_chain says
  std::optional<ChainValue> chain = std::nullopt;
  WallMs signed_time = circle_test::kNow;
  std::size_t ciphertext = kBundleCiphertextMin;
};

/// A relay over memory, a municipality, and time that moves by hand.
class RelayWorld : public ::testing::Test {
 protected:
  RelayWorld();

  /// Forgets everything but the storage, as a restart does.
  void restart();
  HttpRequest signed_request(const TestDevice& device, HttpRequest request);
  Call submit(HttpRequest request);
  /// Sends and, if it must be stored, commits.
  Answer send(HttpRequest request);

  void enrol(const TestDevice& device);
  HttpRequest registration(const TestDevice& device);
  HttpRequest sync(const TestDevice& device, const SyncRequest& request);
  SyncRequest request_of(const TestDevice& device) const;
  SyncRequest push_of(const TestDevice& device, std::vector<Bytes> bundles) const;
  HttpRequest live(const TestDevice& device, std::uint32_t wait_ms = 50'000);
  Answer push(const TestDevice& device, std::vector<Bytes> bundles) {
    return send(sync(device, push_of(device, std::move(bundles))));
  }
  Answer pull(const TestDevice& device) { return send(sync(device, request_of(device))); }
  /// Founds a circle on the relay with these members, the first being the founder.
  std::unique_ptr<circle_test::Founded> found(const TestDevice& founder,
                                              std::vector<const TestDevice*> others = {});
  Answer push_entries(const TestDevice& device, const std::vector<NewEntry>& entries);

  static ChainValue test_chain(const CircleId& circle, const Author& author, std::uint64_t number);
  Bytes bundle(const TestDevice& device, const CircleId& circle, const BundlePlan& plan);
  Bytes bundle(const TestDevice& device, const CircleId& circle, std::uint64_t first, std::uint64_t last) {
    BundlePlan plan;
    plan.first = first;
    plan.last = last;
    return bundle(device, circle, plan);
  }
  /// The device's vector after it applied everything in the answer, receipts included.
  void apply(TestDevice& device, const Answer& answer);

  circle_test::World world;
  testing_support::FakeClock clock{circle_test::kNow};
  testing_support::MemoryRelayStorage storage;
  RelayLimits limits;
  std::unique_ptr<ReceiptSigner> signer;
  std::unique_ptr<Relay> relay;
};

}  // namespace thuisbasis::relay_test
