// SPDX-License-Identifier: EUPL-1.2
// Golden vectors of memberships that end (PROTOCOL.md P-68, P-69, P-77, P-78).
#include <gtest/gtest.h>

#include "tests/core/circle/circle_world.h"
#include "tests/core/circle/golden_vectors.h"

namespace thuisbasis::circle_test {
namespace {

const InstanceId kInstance = *InstanceId::from(Bytes(8, 0x11));
const ChainValue kChainOfSeven = *ChainValue::from(Bytes(32, 0x33));
const ChainValue kChainOfNine = *ChainValue::from(Bytes(32, 0x44));

/// Every type of entry once, and what may not follow.
class RemovalCases final {
 public:
  std::vector<VectorCase> make() {
    write_log();
    write_failures();
    return std::move(cases_);
  }

 private:
  MemberCircle as(const DeviceIdentity& device) const { return founded_.seen_by(world_, device); }

  void add(const std::string& name, const NewEntry& entry) {
    founded_.add(entry);
    VectorCase& one = cases_.emplace_back(name, "ok")
                          .hex("entry", entry.signed_entry)
                          .hex("hash", founded_.circle.log().head().view());
    if (!entry.archive_wrap.empty()) one.hex("archive-wrap", entry.archive_wrap);
  }

  void write_log() {
    cases_.emplace_back("keys", "ok").hex("registrar-key", world_.registrar.public_key().view());
    for (std::size_t i = 0; i < founded_.log.size(); ++i)
      cases_.emplace_back("entry " + std::to_string(i), "ok")
          .hex("entry", founded_.log[i].signed_entry)
          .hex("hash", founded_.circle.log().hash_at(static_cast<std::uint32_t>(i))->view());
    add("a coach admitted", admission(coach_, Rank::kCoach));
    add("a school admitted", admission(school_, Rank::kMember));
    add("the school removed", *remove_devices(founded_.circle,
                                              {{{school_.device(), {{kInstance, {7, kChainOfSeven}}}}},
                                               EpochReason::kMemberRemoved},
                                              kNow, world_.random));
    add("the cut-off extended",
        *extend_cut_off(as(coach_), school_.device(), {{kInstance, {9, kChainOfNine}}}, kNow));
    add("the school admitted again", admission(school_, Rank::kMember));
    add("the school leaves", *leave_circle(as(school_), {{kInstance, {9, kChainOfNine}}}, kNow));
    add("the next epoch",
        *rotate_epoch(as(coach_), {EpochReason::kMemberRemoved, true}, kNow, world_.random));
    add("the lead handed over", *hand_over(founded_.circle, coach_.device(), kNow));
    add("another policy", *set_policy(as(coach_), CirclePolicy::kAnyMember, kNow));
  }

  void write_failures() {
    const NewEntry removal = *remove_devices(
        as(coach_), {{{lead_.device(), {{kInstance, {1, kChainOfSeven}}}}}, EpochReason::kDeviceLost}, kNow,
        world_.random);
    const auto wrong = [&](const std::string& name, const std::function<void(membership::Entry&)>& change) {
      const Bytes entry = forged(removal.signed_entry, coach_.signing(), change);
      MembershipLog relay = founded_.relay_log(world_);
      cases_.push_back(VectorCase(name, result_class(relay.apply(entry))).hex("entry", entry));
    };
    wrong("nobody removed", [](auto& e) { e.mutable_remove()->clear_devices(); });
    wrong("another removed without an epoch", [](auto& e) { e.mutable_remove()->clear_epoch(); });
    wrong("removed and a recipient", [&](auto& e) {
      e.mutable_remove()->mutable_devices(0)->set_device(field_of(coach_.device().view()));
    });
    wrong("an epoch of another reason",
          [](auto& e) { e.mutable_remove()->mutable_epoch()->set_reason(membership::AGE); });
    wrong("a cut-off at nothing",
          [](auto& e) { e.mutable_remove()->mutable_devices(0)->mutable_cut_offs(0)->set_number(0); });
    wrong("one who is no member removed", [&](auto& e) {
      e.mutable_remove()->mutable_devices(0)->set_device(field_of(school_.device().view()));
    });
    wrong("a policy of a later version", [](auto& e) {
      e.set_type(membership::POLICY);
      e.mutable_policy()->set_policy(3);
    });
    wrong("a suite of a later version", [](auto& e) {
      e.set_type(membership::MIN_SUITE);
      e.mutable_min_suite()->set_suite(2);
    });
    wrong("a certificate that is not newer", [&](auto& e) {
      e.set_type(membership::CERTIFY);
      *e.mutable_certify()->mutable_certificate() =
          entry_in(founded_.log[2].signed_entry).admit().certificate();
    });
    const Bytes unaware = forged(admission(school_, Rank::kMember).signed_entry, lead_.signing(),
                                 [](auto& e) { e.mutable_admit()->clear_after_removal(); });
    MembershipLog relay = founded_.relay_log(world_);
    cases_.push_back(VectorCase("admitted without a word of its removal", result_class(relay.apply(unaware)))
                         .hex("entry", unaware));
  }

  NewEntry admission(const DeviceIdentity& device, Rank rank) {
    return *admit_device(founded_.circle, {device.signed_certificate(), device.attributes(), true, {}, rank},
                         kNow, world_.random);
  }

  World world_{22};
  DeviceIdentity lead_ = world_.device("lead");
  DeviceIdentity coach_ = world_.device("coach");
  DeviceIdentity school_ = world_.device("school");
  Founded founded_{world_, lead_, CirclePolicy::kCoaches};
  std::vector<VectorCase> cases_;
};

TEST(Vectors, RemovalsApplyAsTheySay) {
  const auto cases =
      golden("removal.txt",
             "A log in which memberships end, then entries that may not follow it (PROTOCOL.md, "
             "chapter 6).",
             RemovalCases().make());
  MembershipLog relay({*VerifyKey::parse(cases[0].bytes("registrar-key")), {}});
  for (std::size_t i = 1; i < cases.size(); ++i) {
    const VectorCase& one = cases[i];
    EXPECT_EQ(result_class(relay.apply(one.bytes("entry"))), one.get("result")) << one.get("name");
    if (one.get("result") != "ok") continue;
    EXPECT_EQ(to_hex(relay.head().view()), one.get("hash"));
  }
  EXPECT_EQ(relay.size(), 11U);
  EXPECT_EQ(relay.members().size(), 2U);
}

}  // namespace
}  // namespace thuisbasis::circle_test
