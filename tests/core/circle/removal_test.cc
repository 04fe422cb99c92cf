// SPDX-License-Identifier: EUPL-1.2
// Memberships that end: who may end them, what of their work counts, and who holds the next key.
#include <gtest/gtest.h>

#include "tests/core/circle/circle_world.h"

namespace thuisbasis {
namespace {

using circle_test::code_of_failure;
using circle_test::forged;
using circle_test::Founded;
using circle_test::kNow;
using circle_test::kYearMs;
using circle_test::World;

const InstanceId kFirstInstance = *InstanceId::from(Bytes(8, 0x11));
const InstanceId kSecondInstance = *InstanceId::from(Bytes(8, 0x22));
const ChainValue kChain = *ChainValue::from(Bytes(32, 0x33));
const ChainValue kOtherChain = *ChainValue::from(Bytes(32, 0x44));

/// A circle of coaches: the lead's tablet, another coach's, and a school's laptop.
class Removal : public ::testing::Test {
 protected:
  Removal() {
    founded.admit(world, coach, Rank::kCoach);
    founded.admit(world, school);
  }
  using Ended = std::map<DeviceId, CutOffs>;

  MemberCircle as(const DeviceIdentity& device) const { return founded.seen_by(world, device); }
  NewEntry removal_by(const DeviceIdentity& author, Ended devices) {
    return *remove_devices(as(author), {std::move(devices), EpochReason::kMemberRemoved}, kNow, world.random);
  }
  void remove_school(CutOffs cut_offs = {{kFirstInstance, {7, kChain}}}) {
    founded.add(removal_by(lead, {{school.device(), std::move(cut_offs)}}));
  }
  void admit_school_again() {
    founded.add(*admit_device(founded.circle,
                              {school.signed_certificate(), school.attributes(), true, {}, Rank::kMember},
                              kNow, world.random));
  }
  /// What the relay and every member say; they must agree.
  Code refused(ByteView entry) {
    MembershipLog relay = founded.relay_log(world);
    const Code code = code_of_failure(relay.apply(entry));
    EXPECT_EQ(relay.head(), founded.circle.log().head());
    EXPECT_EQ(code_of_failure(founded.circle.apply(entry)), code);
    EXPECT_EQ(founded.circle.log().head(), relay.head());
    return code;
  }
  Code refused(const NewEntry& entry) { return refused(entry.signed_entry); }

  BundleHeader bundle_of(const DeviceIdentity& device, std::uint64_t last, const ChainValue& chain) const {
    BundleHeader header;
    header.circle = founded.circle.log().circle();
    header.author = {device.device(), kFirstInstance};
    header.first = header.last = last;
    header.chain = chain;
    header.epoch = 1;
    return knowing(3, header);
  }
  BundleHeader knowing(std::uint32_t index, BundleHeader header) const {
    header.membership_index = index;
    header.membership_hash = *founded.circle.log().hash_at(index);
    return header;
  }
  Status placed(const BundleHeader& header) const { return founded.circle.log().check_place(header); }

  World world;
  DeviceIdentity lead = world.device("lead");
  DeviceIdentity coach = world.device("coach");
  DeviceIdentity school = world.device("school");
  Founded founded{world, lead, CirclePolicy::kCoaches};
};

TEST_F(Removal, BeginsAnEpochThatTheRemovedDeviceHasNoKeyOf) {
  remove_school();
  const MemberCircle seen = as(school);
  EXPECT_FALSE(seen.is_member());
  EXPECT_EQ(seen.newest_key(), nullptr);
  EXPECT_EQ(seen.log().newest_epoch()->number, 2U);
  const MemberCircle stays = as(coach);
  ASSERT_NE(stays.newest_key(), nullptr);
  EXPECT_EQ(stays.newest_key()->commitment(), founded.circle.newest_key()->commitment());
  EXPECT_NE(stays.key(1), nullptr) << "history goes on";
}

TEST_F(Removal, KeepsTheRemovedMembersNameAndKeyForItsWork) {
  remove_school();
  const DeviceIdentity newcomer = world.device("newcomer");
  founded.admit(world, newcomer);
  const MemberCircle seen = as(newcomer);
  ASSERT_NE(seen.newest_key(), nullptr);
  EXPECT_EQ(seen.log().member(school.device()), nullptr);
  ASSERT_NE(seen.log().key_of(school.device()), nullptr);
  EXPECT_EQ(*seen.log().key_of(school.device()), school.signing().public_key());
  ASSERT_NE(seen.attributes_of(school.device()), nullptr);
  EXPECT_NE(seen.key(1), nullptr);
}

TEST_F(Removal, CountsWorkUpToItsCutOffAndNoFurtherWhateverItClaimsToHaveKnown) {
  EXPECT_TRUE(placed(bundle_of(school, 8, kOtherChain)));
  remove_school();
  EXPECT_TRUE(placed(bundle_of(school, 5, kOtherChain))) << "below, the author's chain says what is right";
  EXPECT_TRUE(placed(bundle_of(school, 7, kChain)));
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 7, kOtherChain))), Code::kNotMember);
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 8, kChain))), Code::kNotMember);
  BundleHeader across = bundle_of(school, 8, kChain);
  across.first = 6;
  EXPECT_EQ(code_of_failure(placed(across)), Code::kNotMember);
  BundleHeader other = bundle_of(school, 1, kChain);
  other.author.instance = kSecondInstance;
  EXPECT_EQ(code_of_failure(placed(other)), Code::kNotMember) << "an instance that no cut-off names";
  BundleHeader later = knowing(4, bundle_of(school, 8, kChain));
  later.epoch = 2;
  EXPECT_EQ(code_of_failure(placed(later)), Code::kNotMember);
}

TEST_F(Removal, IsForCoachesAndNeverOfAHigherRank) {
  EXPECT_EQ(refused(removal_by(school, {{coach.device(), {}}})), Code::kNotPermitted);
  EXPECT_EQ(refused(removal_by(coach, {{lead.device(), {}}})), Code::kNotPermitted);
  EXPECT_EQ(refused(removal_by(school, {{lead.device(), {}}})), Code::kNotPermitted);
  founded.add(removal_by(coach, {{school.device(), {}}}));
  EXPECT_EQ(founded.circle.log().members().size(), 2U);
}

TEST_F(Removal, OfEachOtherIsWonByTheOneThatComesFirst) {
  const DeviceIdentity third = world.device("third");
  founded.admit(world, third, Rank::kCoach);
  const NewEntry of_third = removal_by(coach, {{third.device(), {}}});
  const NewEntry of_coach = removal_by(third, {{coach.device(), {}}});
  founded.add(of_third);
  EXPECT_EQ(refused(of_coach), Code::kStaleLog);
  const Bytes again = forged(of_coach.signed_entry, third.signing(), [this](membership::Entry& e) {
    e.set_index(founded.circle.log().size());
    e.set_predecessor(field_of(founded.circle.log().head().view()));
  });
  EXPECT_EQ(refused(again), Code::kNotMember) << "whoever is removed decides nothing more";
}

TEST_F(Removal, IsInItsOneFormAndItsEpochForExactlyThoseWhoStay) {
  const NewEntry two =
      removal_by(lead, {{school.device(), {{kFirstInstance, {1, kChain}}, {kSecondInstance, {2, kChain}}}},
                        {coach.device(), {}}});
  const auto as_if = [&](const std::function<void(membership::Remove&)>& change) {
    return refused(
        forged(two.signed_entry, lead.signing(), [&](membership::Entry& e) { change(*e.mutable_remove()); }));
  };
  using Remove = membership::Remove;
  EXPECT_EQ(as_if([](Remove& r) { r.clear_devices(); }), Code::kMalformed);
  EXPECT_EQ(as_if([](Remove& r) { r.mutable_devices()->SwapElements(0, 1); }), Code::kMalformed);
  EXPECT_EQ(as_if([](Remove& r) { *r.mutable_devices(1) = r.devices(0); }), Code::kMalformed);
  EXPECT_EQ(as_if([](Remove& r) { r.mutable_devices()->RemoveLast(); }), Code::kNotPermitted);
  EXPECT_EQ(as_if([](Remove& r) { r.mutable_epoch()->set_reason(membership::AGE); }), Code::kMalformed);
  EXPECT_EQ(as_if([](Remove& r) { r.mutable_epoch()->set_epoch(3); }), Code::kNotPermitted);
  EXPECT_EQ(as_if([](Remove& r) { r.clear_epoch(); }), Code::kNotPermitted);
  const int with_cut_offs = school.device() < coach.device() ? 0 : 1;
  EXPECT_EQ(
      as_if([&](Remove& r) { r.mutable_devices(with_cut_offs)->mutable_cut_offs()->SwapElements(0, 1); }),
      Code::kMalformed);
  EXPECT_EQ(as_if([&](Remove& r) { r.mutable_devices(with_cut_offs)->mutable_cut_offs(0)->set_number(0); }),
            Code::kMalformed);
  founded.add(two);
}

TEST_F(Removal, StandsUntilSomebodyWhoKnowsOfItAdmitsTheDeviceAgain) {
  remove_school();
  const Admission admission{school.signed_certificate(), school.attributes(), true, {}, Rank::kMember};
  const NewEntry again = *admit_device(founded.circle, admission, kNow, world.random);
  EXPECT_EQ(refused(forged(again.signed_entry, lead.signing(),
                           [](membership::Entry& e) { e.mutable_admit()->clear_after_removal(); })),
            Code::kNotPermitted);
  EXPECT_EQ(
      refused(forged(again.signed_entry, lead.signing(),
                     [](membership::Entry& e) { e.mutable_admit()->mutable_after_removal()->front() ^= 1; })),
      Code::kNotPermitted);
  founded.add(again);
  EXPECT_NE(as(school).newest_key(), nullptr);
  // Its new work counts; what lay beyond the cut-off does not come back with it.
  BundleHeader fresh = knowing(5, bundle_of(school, 8, kChain));
  fresh.epoch = 2;
  EXPECT_TRUE(placed(fresh));
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 8, kChain))), Code::kNotMember);
  // Nor by an index of another log; what it seals under the key of those who are members now is new.
  BundleHeader elsewhere = bundle_of(school, 8, kChain);
  elsewhere.membership_index = 5;
  EXPECT_EQ(code_of_failure(placed(elsewhere)), Code::kNotMember);
  elsewhere.epoch = 2;
  EXPECT_TRUE(placed(elsewhere));
}

TEST_F(Removal, OfADeviceThatCameBackSaysAnewHowFarAllItsWorkCounts) {
  remove_school({{kFirstInstance, {~std::uint64_t{0}, kChain}}});
  admit_school_again();
  founded.add(removal_by(lead, {{school.device(), {{kFirstInstance, {7, kChain}}}}}));
  EXPECT_TRUE(placed(bundle_of(school, 7, kChain)));
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 8, kChain))), Code::kNotMember);
}

TEST_F(Removal, OfADeviceThatLeftLimitsWhatItSaidOfItsOwnWork) {
  founded.add(*leave_circle(as(school), {{kFirstInstance, {~std::uint64_t{0}, kChain}}}, kNow));
  founded.rotate(world);
  EXPECT_TRUE(placed(bundle_of(school, 9, kChain)));
  const DeviceIdentity clerk = world.device("clerk");
  founded.admit(world, clerk);
  EXPECT_EQ(refused(removal_by(clerk, {{school.device(), {}}})), Code::kNotPermitted) << "no coach";
  EXPECT_EQ(refused(removal_by(lead, {{world.device("stranger").device(), {}}})), Code::kNotPermitted);
  const std::uint32_t left_at = founded.circle.log().former_member(school.device())->removed_at;
  founded.add(removal_by(coach, {{school.device(), {{kFirstInstance, {7, kChain}}}}}));
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 9, kChain))), Code::kNotMember);
  EXPECT_TRUE(placed(bundle_of(school, 7, kChain)));
  EXPECT_EQ(founded.circle.log().former_member(school.device())->removed_at, left_at);
  EXPECT_EQ(refused(removal_by(coach, {{school.device(), {{kFirstInstance, {8, kChain}}}}})),
            Code::kNotPermitted)
      << "never more again";
  EXPECT_EQ(refused(removal_by(coach, {{school.device(), {{kSecondInstance, {1, kChain}}}}})),
            Code::kNotPermitted);
  admit_school_again();  // by who knows of that removal
}

TEST_F(Removal, IsNotLimitedByALowerRank) {
  founded.add(*hand_over(founded.circle, coach.device(), kNow));
  founded.add(*remove_devices(
      as(coach), {{{lead.device(), {{kFirstInstance, {7, kChain}}}}}, EpochReason::kMemberRemoved}, kNow,
      world.random));
  const DeviceIdentity clerk = world.device("clerk");
  founded.add(*admit_device(as(coach),
                            {clerk.signed_certificate(), clerk.attributes(), true, {}, Rank::kMember}, kNow,
                            world.random));
  founded.add(*set_policy(as(coach), CirclePolicy::kAnyMember, kNow));
  const auto limited_by = [&](const DeviceIdentity& author) {
    return *remove_devices(as(author), {{{lead.device(), {}}}, EpochReason::kMemberRemoved}, kNow,
                           world.random);
  };
  EXPECT_EQ(refused(limited_by(clerk)), Code::kNotPermitted);
  founded.add(limited_by(coach));
}

TEST_F(Removal, CountsWorkWithinItsCutOffWhateverEntriesItNames) {
  remove_school();
  BundleHeader elsewhere = bundle_of(school, 6, kChain);
  elsewhere.membership_index = 40;
  EXPECT_TRUE(placed(elsewhere)) << "of a log that a relay lost";
  elsewhere.epoch = 3;
  EXPECT_EQ(code_of_failure(placed(elsewhere)), Code::kMissingDependency);
}

TEST_F(Removal, CountsThatWorkOfADeviceThatIsBackToo) {
  remove_school();
  admit_school_again();
  BundleHeader before = bundle_of(school, 6, kChain);
  before.membership_index = 40;
  EXPECT_TRUE(placed(before)) << "taken while it was out, of a log that a relay lost";
  before.last = 8;
  EXPECT_EQ(code_of_failure(placed(before)), Code::kMissingDependency);
}

/// Sealed since it was back by another log, whose admission was one epoch earlier than that of this one.
TEST_F(Removal, EndsForWorkUnderAKeyThatTheDeviceGotSinceItIsBack) {
  remove_school();
  founded.rotate(world);
  admit_school_again();
  BundleHeader since = bundle_of(school, 9, kOtherChain);
  since.membership_hash = *Sha256Digest::from(Bytes(32, 0x55));
  since.epoch = 2;
  EXPECT_TRUE(placed(since));
  since.epoch = 1;
  EXPECT_EQ(code_of_failure(placed(since)), Code::kNotMember);
}

TEST_F(Removal, IsExtendedByWhatAMemberHadBuiltOn) {
  remove_school();
  const DeviceIdentity newcomer = world.device("newcomer");
  founded.admit(world, newcomer);
  const auto extension = [&](const DeviceIdentity& author, CutOffs cut_offs) {
    return *extend_cut_off(as(author), school.device(), cut_offs, kNow);
  };
  EXPECT_EQ(refused(extension(coach, {{kFirstInstance, {6, kChain}}})), Code::kConflict);
  EXPECT_EQ(refused(extension(coach, {{kFirstInstance, {7, kChain}}})), Code::kConflict);
  EXPECT_EQ(refused(extension(coach, {{kFirstInstance, {7, kOtherChain}}})), Code::kConflict);
  EXPECT_EQ(refused(extension(coach, {})), Code::kMalformed);
  EXPECT_EQ(refused(extension(newcomer, {{kFirstInstance, {9, kChain}}})), Code::kNotPermitted);
  founded.add(extension(coach, {{kFirstInstance, {9, kChain}}, {kSecondInstance, {1, kChain}}}));
  EXPECT_TRUE(placed(bundle_of(school, 9, kChain)));
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 10, kChain))), Code::kNotMember);
}

TEST_F(Removal, IsExtendedForADeviceThatIsBackToo) {
  remove_school({});
  admit_school_again();
  EXPECT_EQ(code_of_failure(placed(bundle_of(school, 7, kChain))), Code::kNotMember);
  founded.add(*extend_cut_off(as(coach), school.device(), {{kFirstInstance, {7, kChain}}}, kNow));
  EXPECT_TRUE(placed(bundle_of(school, 7, kChain)));
}

TEST_F(Removal, NamesAtMostSixtyFourInstances) {
  CutOffs many;
  for (std::uint8_t i = 1; i <= 65; ++i) many[*InstanceId::from(Bytes(8, i))] = {1, kChain};
  EXPECT_EQ(refused(removal_by(lead, {{school.device(), many}})), Code::kTooLarge);
  many.erase(many.begin());
  founded.add(removal_by(lead, {{school.device(), many}}));
  EXPECT_EQ(refused(*extend_cut_off(as(coach), school.device(),
                                    {{*InstanceId::from(Bytes(8, 1)), {1, kChain}}}, kNow)),
            Code::kTooLarge);
}

TEST_F(Removal, OfOneselfClosesTheEpochUntilThoseWhoStayBeginTheNext) {
  founded.add(*leave_circle(as(school), {{kFirstInstance, {7, kChain}}}, kNow));
  EXPECT_FALSE(founded.circle.log().epoch_is_open());
  BundleHeader under_it = bundle_of(coach, 1, kChain);
  EXPECT_TRUE(placed(under_it)) << "sealed before";
  under_it = knowing(4, under_it);
  EXPECT_EQ(code_of_failure(placed(under_it)), Code::kStaleEpoch) << "the school holds that key";
  const DeviceIdentity newcomer = world.device("newcomer");
  EXPECT_EQ(refused(*admit_device(founded.circle,
                                  {newcomer.signed_certificate(), newcomer.attributes(), true, {}, {}}, kNow,
                                  world.random)),
            Code::kNotPermitted);
  founded.rotate(world);
  EXPECT_TRUE(founded.circle.log().epoch_is_open());
  EXPECT_EQ(as(school).newest_key(), nullptr);
  under_it = knowing(5, under_it);
  under_it.epoch = 2;
  EXPECT_TRUE(placed(under_it));
}

TEST_F(Removal, OfTheLeadByItselfPassesTheLeadToTheCoachWhoCameFirst) {
  const DeviceIdentity third = world.device("third");
  founded.admit(world, third, Rank::kCoach);
  founded.add(*leave_circle(founded.circle, {}, kNow));
  EXPECT_EQ(founded.circle.log().member(coach.device())->rank, Rank::kLead);
  EXPECT_EQ(founded.circle.log().member(third.device())->rank, Rank::kCoach);
}

TEST_F(Removal, OfTheLeadWithoutACoachPassesTheLeadToWhoCameFirst) {
  founded.add(removal_by(lead, {{coach.device(), {}}}));
  const DeviceIdentity newcomer = world.device("newcomer");
  founded.admit(world, newcomer);
  founded.add(*leave_circle(founded.circle, {}, kNow));
  EXPECT_EQ(founded.circle.log().member(school.device())->rank, Rank::kLead);
  EXPECT_EQ(founded.circle.log().member(newcomer.device())->rank, Rank::kMember);
}

TEST_F(Removal, OfTheLastMemberIsRefused) {
  Founded alone(world, lead, CirclePolicy::kCoaches);
  EXPECT_EQ(code_of_failure(alone.circle.apply(leave_circle(alone.circle, {}, kNow)->signed_entry)),
            Code::kNotPermitted);
}

/// A log that lost its place to another one, in which the school was not removed.
class CarriedRemoval : public Removal {
 protected:
  CarriedRemoval() : lost(lost_in_place()) {
    founded.add(*rotate_epoch(as(coach), {}, kNow, world.random));  // came first
  }
  NewEntry lost_in_place() { return removal_by(lead, {{school.device(), {}}}); }

  NewEntry carried_by(const DeviceIdentity& author, const Bytes& evidence, const DeviceIdentity& of) {
    return *remove_devices(as(author), {{{of.device(), {}}}, EpochReason::kDeviceLost, evidence}, kNow,
                           world.random);
  }

  NewEntry lost;
};

TEST_F(CarriedRemoval, TakesEffectAsItsAuthorsWhoeverCarriesIt) {
  const DeviceIdentity clerk = world.device("clerk");
  founded.admit(world, clerk);
  EXPECT_EQ(refused(carried_by(clerk, {}, school)), Code::kNotPermitted) << "of its own it may not";
  founded.add(carried_by(clerk, lost.signed_entry, school));
  EXPECT_EQ(founded.circle.log().member(school.device()), nullptr);
}

TEST_F(CarriedRemoval, HoldsForWhomItRemovedAndAsItWasSigned) {
  EXPECT_EQ(refused(carried_by(coach, founded.log.back().signed_entry, school)), Code::kNotPermitted)
      << "no removal";
  const DeviceIdentity clerk = world.device("clerk");
  founded.admit(world, clerk);
  EXPECT_EQ(refused(carried_by(school, lost.signed_entry, clerk)), Code::kNotPermitted) << "of another";
  Bytes altered = lost.signed_entry;
  altered.back() ^= 1;
  EXPECT_EQ(refused(carried_by(coach, altered, school)), Code::kBadSignature);
  Founded elsewhere(world, lead, CirclePolicy::kCoaches);
  elsewhere.admit(world, school);
  const NewEntry there = *remove_devices(
      elsewhere.circle, {{{school.device(), {}}}, EpochReason::kDeviceLost}, kNow, world.random);
  EXPECT_EQ(refused(carried_by(clerk, there.signed_entry, school)), Code::kNotPermitted) << "another circle";
}

TEST_F(CarriedRemoval, LapsesWithItsAuthor) {
  const NewEntry by_coach =
      *remove_devices(as(coach), {{{school.device(), {}}}, EpochReason::kDeviceLost}, kNow, world.random);
  founded.add(removal_by(lead, {{coach.device(), {}}}));
  const DeviceIdentity clerk = world.device("clerk");
  founded.admit(world, clerk);
  EXPECT_EQ(refused(carried_by(clerk, by_coach.signed_entry, school)), Code::kNotMember);
}

TEST_F(CarriedRemoval, DoesNotComeAgainOnceItsDeviceWasAdmittedByWhoKnewOfIt) {
  founded.add(lost_in_place());
  founded.add(*admit_device(founded.circle,
                            {school.signed_certificate(), school.attributes(), true, {}, Rank::kMember}, kNow,
                            world.random));
  EXPECT_EQ(refused(carried_by(coach, founded.log[founded.log.size() - 2].signed_entry, school)),
            Code::kConflict);
}

TEST_F(CarriedRemoval, TakesEffectOnce) {
  founded.add(carried_by(coach, lost.signed_entry, school));
  admit_school_again();
  EXPECT_EQ(refused(carried_by(coach, lost.signed_entry, school)), Code::kConflict);
}

TEST_F(CarriedRemoval, OfBeforeTheDeviceWasLetInAgainIsPast) {
  // Signed on top of what stands here, before this log removed the school and let it in again.
  const NewEntry earlier =
      *remove_devices(as(coach), {{{school.device(), {}}}, EpochReason::kMemberRemoved}, kNow, world.random);
  founded.add(removal_by(lead, {{school.device(), {}}}));
  admit_school_again();
  EXPECT_EQ(refused(carried_by(lead, earlier.signed_entry, school)), Code::kConflict);
}

/// What was sealed under the key of an epoch that lost its place is told by the next one.
TEST_F(CarriedRemoval, TellsTheKeyThatWasLostAndWhoIsToldKeepsItApart) {
  MemberCircle knows = as(coach);
  EpochKey key = EpochKey::generate(founded.circle.log().circle(), 2, world.random);
  const Sha256Digest commitment = key.commitment();
  knows.keep_retired(std::move(key), {});
  EXPECT_TRUE(knows.keys_only_told().empty()) << "kept by this vault itself";
  founded.add(*rotate_epoch(knows, {EpochReason::kSuspicion, true}, kNow, world.random));
  const MemberCircle told = as(school);
  ASSERT_EQ(told.keys_only_told().size(), 1U);
  EXPECT_EQ(told.keys_only_told().front()->commitment(), commitment);
  EXPECT_EQ(told.keys_of(2).size(), 2U);
}

class Authority : public Removal {};

TEST_F(Authority, OnlyTheLeadSetsThePolicyAndHandsOver) {
  EXPECT_EQ(refused(*set_policy(as(coach), CirclePolicy::kAnyMember, kNow)), Code::kNotPermitted);
  EXPECT_EQ(refused(*hand_over(as(coach), coach.device(), kNow)), Code::kNotPermitted);
  EXPECT_EQ(refused(*hand_over(founded.circle, world.device("stranger").device(), kNow)),
            Code::kNotPermitted);
  EXPECT_EQ(refused(*hand_over(founded.circle, lead.device(), kNow)), Code::kNotPermitted);
  founded.add(*hand_over(founded.circle, coach.device(), kNow));
  EXPECT_EQ(founded.circle.log().member(lead.device())->rank, Rank::kCoach);
  EXPECT_EQ(refused(*set_policy(founded.circle, CirclePolicy::kAnyMember, kNow)), Code::kNotPermitted);
  founded.add(*set_policy(as(coach), CirclePolicy::kAnyMember, kNow));
  EXPECT_EQ(founded.circle.log().policy(), CirclePolicy::kAnyMember);
}

TEST_F(Authority, APolicyOfALaterVersionStopsTheLog) {
  const auto of = [&](std::uint32_t policy) {
    return refused(forged(set_policy(founded.circle, CirclePolicy::kCoaches, kNow)->signed_entry,
                          lead.signing(),
                          [&](membership::Entry& e) { e.mutable_policy()->set_policy(policy); }));
  };
  EXPECT_EQ(of(3), Code::kSchemaTooNew);
  EXPECT_EQ(of(0), Code::kMalformed);
}

TEST_F(Authority, CoachesAdmitAndGiveNoRankAboveTheirOwn) {
  const DeviceIdentity device = world.device("device");
  const auto by = [&](const DeviceIdentity& author, Rank rank) {
    return *admit_device(as(author), {device.signed_certificate(), device.attributes(), true, {}, rank}, kNow,
                         world.random);
  };
  EXPECT_EQ(refused(by(school, Rank::kMember)), Code::kNotPermitted);
  EXPECT_EQ(refused(by(coach, Rank::kLead)), Code::kNotPermitted);
  EXPECT_EQ(refused(by(lead, Rank::kLead)), Code::kNotPermitted);
  EXPECT_EQ(refused(forged(
                by(lead, Rank::kCoach).signed_entry, lead.signing(),
                [](membership::Entry& e) { e.mutable_admit()->set_rank(static_cast<membership::Rank>(3)); })),
            Code::kSchemaTooNew);
  founded.add(by(coach, Rank::kCoach));
  EXPECT_EQ(founded.circle.log().member(device.device())->rank, Rank::kCoach);
}

TEST_F(Authority, AMinimumSuiteOnlyRisesAndOneThatIsNotKnownStopsTheLog) {
  const auto of = [&](std::uint32_t suite) {
    return refused(forged(set_policy(founded.circle, CirclePolicy::kCoaches, kNow)->signed_entry,
                          lead.signing(), [&](membership::Entry& e) {
                            e.set_type(membership::MIN_SUITE);
                            e.mutable_min_suite()->set_suite(suite);
                          }));
  };
  EXPECT_EQ(of(0), Code::kNotPermitted);
  EXPECT_EQ(of(1), Code::kNotPermitted);
  EXPECT_EQ(of(2), Code::kUnknownSuite);
}

TEST_F(Authority, ANewerCertificateTakesThePlaceOfTheOlderAndNeverBack) {
  const std::uint64_t serial = ++world.serial;
  const auto issue = [&](std::uint64_t number, WallMs until) {
    membership::SignedCertificate envelope;
    const ByteView now = school.signed_certificate();
    envelope.ParseFromArray(now.data(), static_cast<int>(now.size()));
    membership::DeviceCertificate body;
    body.ParseFromString(envelope.certificate());
    body.set_serial(number);
    body.set_valid_until(until);
    const Bytes bytes = encode_message(body);
    envelope.set_certificate(field_of(bytes));
    envelope.set_signature(field_of(world.registrar.sign(label::kCertificate, bytes).view()));
    return encode_message(envelope);
  };
  const auto refuses = [&](const Bytes& certificate) {
    return refused(*certify_again(founded.circle, certificate, kNow));
  };
  EXPECT_EQ(refuses(issue(serial, kNow + kYearMs / 2)), Code::kConflict) << "ends sooner";
  EXPECT_EQ(refuses(issue_certificate(world.registrar, school.signing().public_key(),
                                      school.agreement().public_key(), {serial, kNow, kNow + 2 * kYearMs},
                                      world.names("another"), world.random)
                        ->signed_certificate),
            Code::kNotPermitted);
  founded.add(*certify_again(founded.circle, issue(serial, kNow + 2 * kYearMs), kNow));
  EXPECT_EQ(founded.circle.log().member(school.device())->certificate.serial, serial);
  EXPECT_EQ(refuses(to_bytes(school.signed_certificate())), Code::kConflict);
  EXPECT_EQ(refuses(issue(serial, kNow + 3 * kYearMs)), Code::kConflict);
  EXPECT_EQ(refused(*certify_again(founded.circle, world.device("stranger").signed_certificate(), kNow)),
            Code::kNotPermitted);
}

}  // namespace
}  // namespace thuisbasis
