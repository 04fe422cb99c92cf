// SPDX-License-Identifier: EUPL-1.2
// A program with one more field, and one without it, on the same circle.
#include <gtest/gtest.h>

#include "records_with_nickname.pb.h"
#include "tests/support/device.h"
#include "tests/support/loopback_relay.h"
#include "tests/sync/relay/memory_relay_storage.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::LoopbackRelay;
using testing_support::MemoryRelayStorage;
using testing_support::Municipality;
using testing_support::SeededRandom;

constexpr std::uint32_t kPerson = 2;

const Schema& next_schema() {
  static const Schema schema = Schema::read(*records_with_nickname::Person::descriptor()->file()).value();
  return schema;
}

int unknown_fields(const google::protobuf::Message& message) {
  return message.GetReflection()->GetUnknownFields(message).field_count();
}

struct SchemaLife : testing::Test {
  SeededRandom random{7};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  MemoryRelayStorage storage{random_id<RelayEpoch>(random)};
  LoopbackRelay relay{storage, emmen.registrar_key(), clock, random};
  Device tablet{emmen, "Anneke", 11};
  Device laptop{emmen, "Ilse", 12};

  void sync(Device& device) {
    const Status done = device.sync(relay);
    ASSERT_TRUE(done) << done.error().message();
  }
};

TEST_F(SchemaLife, AddsAFieldWithoutLosingAnythingOnEitherSide) {
  const CircleId circle =
      tablet.vault.create_circle({random_id<DossierId>(random), "school", "Gezin", {}}).value();
  ASSERT_TRUE(tablet.vault.admit(circle, laptop.answer_of_registrar, {}));
  const Record person = tablet.vault.prepare(kPerson, circle).value();
  records::Person before;
  before.set_name("Noor Brouwer");
  before.set_birth_year(1997);
  ASSERT_TRUE(tablet.vault.save(person, before));
  sync(tablet);
  sync(laptop);

  // The tablet gets a program that knows the nickname, and opens its old vault with it.
  tablet.schema = &next_schema();
  tablet.reopen();
  Record opened = tablet.vault.get(kPerson, person.id()).value();
  auto form = tablet.vault.read_as<records_with_nickname::Person>(opened).value();
  EXPECT_EQ(form.name(), "Noor Brouwer");
  form.set_nickname("Noortje");
  ASSERT_TRUE(tablet.vault.save(opened, form));

  // The laptop, which has no name for it, edits another field at the same time.
  const Record at_school = laptop.vault.get(kPerson, person.id()).value();
  auto school_form = laptop.vault.read_as<records::Person>(at_school).value();
  school_form.set_role("moeder");
  ASSERT_TRUE(laptop.vault.save(at_school, school_form));
  sync(tablet);
  sync(laptop);

  // It keeps the nickname byte for byte, also when it writes the record again.
  const Record merged = laptop.vault.get(kPerson, person.id()).value();
  auto merged_form = laptop.vault.read_as<records::Person>(merged).value();
  EXPECT_EQ(unknown_fields(merged_form), 1);
  merged_form.set_phone("0612345678");
  ASSERT_TRUE(laptop.vault.save(merged, merged_form));
  sync(laptop);
  sync(tablet);

  opened = tablet.vault.get(kPerson, person.id()).value();
  form = tablet.vault.read_as<records_with_nickname::Person>(opened).value();
  EXPECT_EQ(form.nickname(), "Noortje");
  EXPECT_EQ(form.role(), "moeder");
  EXPECT_EQ(form.phone(), "0612345678");
  EXPECT_EQ(form.birth_year(), 1997);
  EXPECT_EQ(tablet.vault.digest(circle).value(), laptop.vault.digest(circle).value());
  EXPECT_TRUE(tablet.vault.conflicts()->empty());

  // And when the laptop is brought up to date, its own old vault shows it.
  laptop.schema = &next_schema();
  laptop.reopen();
  const auto known =
      laptop.vault.read_as<records_with_nickname::Person>(laptop.vault.get(kPerson, person.id()).value())
          .value();
  EXPECT_EQ(known.nickname(), "Noortje");
  EXPECT_EQ(unknown_fields(known), 0);
  EXPECT_TRUE(laptop.vault.examine()->damage.empty());
  EXPECT_EQ(tablet.vault.digest(circle).value(), laptop.vault.digest(circle).value());
}

TEST_F(SchemaLife, RefusesAVaultOfANewerProgram) {
  tablet.schema = &next_schema();
  tablet.reopen();
  { const Vault closing = std::move(tablet.vault); }
  EXPECT_EQ(Vault::open(tablet.path(), Device::key(), {tablet.clock, tablet.random}).error().code(),
            Code::kSchemaTooNew);
  tablet.vault = Vault::open(tablet.path(), Device::key(), tablet.world()).value();
}

}  // namespace
}  // namespace thuisbasis
