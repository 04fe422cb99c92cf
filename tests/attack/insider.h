// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/circle/bundle_sealer.h"
#include "core/circle/circle_writer.h"
#include "sync/wire/request_signature.h"
#include "tests/core/circle/circle_world.h"
#include "tests/support/answer_frames.h"
#include "tests/support/loopback_relay.h"
#include "tests/support/municipality.h"

namespace thuisbasis::attack {

using namespace testing_support;
using circle_test::forged;

/// What a bundle says of itself beyond its changes. Without a word: as an honest program would say it.
struct SealPlan {
  std::optional<std::uint64_t> first = std::nullopt;
  std::optional<ChainValue> previous = std::nullopt;
  std::optional<WallMs> signed_time = std::nullopt;
};

/// A bundle of these parts, whose sizes fit, under a right signature.
Bytes signed_bundle(BundleHeader header, ByteView ciphertext, const SigningKey& signing);

/// A certified device that is no vault: its keys are in the test's hands, as those of a hostile member or of
/// a stolen tablet would be. Makes whatever bytes these keys can make, and sends them as a program would. The
/// random source must outlive it. Stays where it is, for its circle points to its identity.
class Insider final : public RequestSigner {
 public:
  Insider(DeviceIdentity identity, const TrustRoots& roots, Random& random);
  Insider(const Insider&) = delete;
  Insider& operator=(const Insider&) = delete;

  DeviceId device() const override { return identity_.device(); }
  Signature sign_raw(ByteView message) const override { return identity_.signing().sign_raw(message); }
  const DeviceIdentity& identity() const { return identity_; }
  const SigningKey& signing() const { return identity_.signing(); }
  /// What the registrar gave it: with this a member admits it.
  Bytes answer() const;

  /// Reads the circle's log as the relay has it.
  void read(RelayStorage& storage, const CircleId& circle);
  const MemberCircle& circle() const { return circle_; }
  const EpochKey& key() const { return *circle_.newest_key(); }

  /// A change that makes a goal.
  std::string goal(const RecordId& id, const std::string& statement, WallMs at);
  /// One that says why of a goal that is there, as if nobody had before.
  std::string reason(const RecordId& id, const std::string& why, WallMs at);
  /// The next bundle of its chain.
  Bytes seal(const std::vector<std::string>& changes, const SealPlan& plan = {});
  /// The same content under another header, sealed and signed for it.
  Bytes told_otherwise(const Bytes& bundle, const std::function<void(BundleHeader&)>& change) const;
  const Author& author() const { return author_; }
  const ChainPoint& head() const { return head_; }
  /// Goes on from there, as if what came after had never been.
  void go_back_to(const ChainPoint& head) { head_ = head; }
  /// Goes on as another instance of itself.
  void begin_instance();

  /// Registers where it has not, and sends; what the relay answers.
  std::vector<SyncFrame> push(LoopbackRelay& relay, Clock& clock, std::vector<MembershipPush> entries,
                              std::vector<Bytes> bundles = {});

 private:
  std::string change_of(const RecordId& id, bool created, std::uint32_t field, const std::string& text,
                        WallMs at) const;
  HttpRequest signed_request(std::string_view path, Bytes body, WallMs now) const;

  Random& random_;
  DeviceIdentity identity_;
  TrustRoots roots_;
  MemberCircle circle_;
  Author author_;
  ChainPoint head_;
  BundleSealer sealer_;
  bool registered_ = false;
};

}  // namespace thuisbasis::attack
