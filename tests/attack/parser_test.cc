// SPDX-License-Identifier: EUPL-1.2
// Row G of the checklist: bytes that are made to hurt whoever reads them, against the whole relay.
#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/circle/enrolment.h"
#include "platform/relay_storage/sqlite_relay_storage.h"
#include "tests/attack/relay_attack.h"
#include "tests/support/device.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_G = RelayAttack;

TEST_F(attack_G, G_BodiesBeyondTheLimitsAreRefused) {
  EXPECT_GE(status_of(request_with(coach, kSyncPath, Bytes(kSyncBodyBytesMax + 1))), 400);
  EXPECT_EQ(status_of(request_with(coach, kDevicePath, Bytes(kSmallBodyBytesMax + 1))), 413);
  EXPECT_EQ(push(coach, {Bytes(kBundleBytesMax + 1, 1)}).status, 413);
  SyncRequest entry = request_of(coach);
  entry.membership.push_back({Bytes(kEntryBytesMax + 1), {}, false});
  EXPECT_EQ(status_of(sync(coach, entry)), 413);
  entry.membership = {{Bytes(10), Bytes(kArchiveWrapBytesMax + 1), false}};
  EXPECT_EQ(status_of(sync(coach, entry)), 413);
  const Bytes certificate(kCertificateBytesMax + 1, 7);
  EXPECT_GE(status_of(request_with(coach, kDevicePath, encode_device_registration(certificate))), 400);
  EXPECT_EQ(head(), 3U);
  EXPECT_EQ(push(coach, {bundle(coach, circle, 1, 1)}).receipts.size(), 1U) << "and it goes on";
}

/// Nests so deep that whoever follows it runs out of stack; in the request, and in what it carries.
TEST_F(attack_G, G_NestingIsNotFollowed) {
  const Bytes groups(1'000'000, 0x0b);
  EXPECT_EQ(status_of(request_with(coach, kSyncPath, groups)), 400);
  Bytes messages;
  for (int depth = 0; depth < 5'000; ++depth) messages = field(0x2a, messages);
  EXPECT_NE(status_of(request_with(coach, kSyncPath, messages)), 200);
  const Bytes small_groups(50'000, 0x0b);
  EXPECT_GE(status_of(request_with(coach, kDevicePath, small_groups)), 400);
  membership::SignedEntry envelope;
  envelope.set_entry(field_of(small_groups));
  envelope.set_signature(field_of(coach.identity.signing().sign(label::kMembership, small_groups).view()));
  EXPECT_EQ(push_entries(coach, {{encode_message(envelope), {}}}).refusal(), RefusalReason::kMalformed);
  EXPECT_FALSE(verify_certificate(small_groups, world.registrar.public_key()));
  EXPECT_FALSE(decode_sync_request(groups));
  Bytes frame = field(0x0a, small_groups);
  EXPECT_FALSE(FrameReader(frame).next());
}

/// A million of the least things that there are, in each list of a request.
TEST_F(attack_G, G_AMillionTinyThingsAreRefusedBeforeTheyAreRead) {
  constexpr std::size_t kMillion = std::size_t{1} << 20;
  for (const Byte tag : {Byte{0x1a}, Byte{0x2a}, Byte{0x32}}) {  // cursors, membership, bundles
    Bytes many;
    many.reserve(2 * kMillion);
    for (std::size_t i = 0; i < kMillion; ++i) many.insert(many.end(), {tag, 0x00});
    EXPECT_EQ(status_of(request_with(coach, kSyncPath, many)), 413) << int{tag};
  }
  EXPECT_EQ(push(coach, {bundle(coach, circle, 1, kMillion)}).refusal(), RefusalReason::kTooLarge);
  EXPECT_EQ(push(coach, {bundle(coach, circle, 1, kBundleChangesMax)}).receipts.size(), 1U);
}

/// As many tiny changes as a bundle may hold are sealed and opened; of more it says so, and holds fewer.
TEST_F(attack_G, G_AMillionTinyChangesAreCutIntoBundles) {
  constexpr std::size_t kMillion = std::size_t{1} << 20;
  const EpochKey key = EpochKey::generate(circle, 1, world.random);
  const SaltSeed seed = random_id<SaltSeed>(world.random);
  const std::vector<FrozenChange> changes(kMillion, {as_bytes("x"), seed, {}});
  SealRequest request;
  request.author = coach.author;
  request.previous = chain_start(circle, coach.author);
  request.changes = changes;
  const auto sealed = BundleSealer(world.random).seal(request, key, coach.identity.signing());
  ASSERT_TRUE(sealed);
  EXPECT_LE(sealed->last, kBundleChangesMax);
  const SealedBundle parts = *parse_bundle(sealed->bundle);
  const auto opened =
      BundleOpener().open(parts, coach.identity.signing().public_key(), key, request.previous);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->changes.size(), sealed->last);
}

/// Fields around what is signed: more of them, twice, or in another order.
TEST_F(attack_G, G_NothingIsSmuggledInAroundASignature) {
  const NewEntry next = *rotate_epoch(founded->circle, {}, clock.wall_ms(), world.random);
  const Bytes certificate = to_bytes(stranger.identity.signed_certificate());
  const Invitation invitation =
      make_invitation("https://relay.test", world.registrar.public_key(), world.archive.public_key(),
                      clock.wall_ms() + 1000, world.random);
  const Bytes request = request_enrolment(invitation, "Tablet", clock.wall_ms(), world.random)->request;
  const auto smuggled = [&](const Bytes& envelope) {
    std::vector<Bytes> forms;
    for (const Bytes& extra : {field(0x7a, {}), field(0x7a, as_bytes("meer")), Bytes{0x78, 0x01},
                               field(0x12, as_bytes("nog een handtekening"))}) {
      Bytes behind = envelope;
      append(behind, extra);
      Bytes before = extra;
      append(before, envelope);
      forms.insert(forms.end(), {behind, before});
    }
    return forms;
  };
  for (const Bytes& form : smuggled(next.signed_entry))
    EXPECT_EQ(push_entries(coach, {{form, next.archive_wrap}}).refusal(), RefusalReason::kMalformed);
  for (const Bytes& form : smuggled(next.archive_wrap))
    EXPECT_EQ(push_entries(coach, {{next.signed_entry, form}}).refusal(), RefusalReason::kBadEntry);
  for (const Bytes& form : smuggled(certificate)) {
    EXPECT_EQ(verify_certificate(form, world.registrar.public_key()).error().code(), Code::kMalformed);
    EXPECT_FALSE(admit_device(founded->circle, {form, stranger.identity.attributes(), true, {}},
                              clock.wall_ms(), world.random));
  }
  for (const Bytes& form : smuggled(request))
    EXPECT_EQ(check_enrolment_request(invitation, form, clock.wall_ms()).error().code(), Code::kMalformed);
  EXPECT_TRUE(check_enrolment_request(invitation, request, clock.wall_ms()));
  EXPECT_EQ(push_entries(coach, {next}).receipts.size(), 1U) << "the control";
}

/// Paths that lead elsewhere, in the target and in what names a device.
TEST_F(attack_G, G_PathsLeadNowhereElse) {
  const std::string epoch = relay->epoch().text();
  const std::string cursors = coach.cursors.hash().text();
  for (const std::string& target :
       {std::string("/v1/live/../../etc/passwd"), std::string("/v1/sync/../device"), std::string("/v1//sync"),
        std::string("/v1/sync%2f..%2fdevice"), std::string("/../v1/sync"), std::string("/v1/sync/"),
        std::string("/v1/live?epoch=../../../../etc/passwd&cursors=" + cursors + "&wait=0"),
        std::string("/v1/live?epoch=" + epoch + "&cursors=..%2f..%2fetc&wait=0"),
        std::string("/v1/live?epoch=" + epoch + "&cursors=" + cursors + "&wait=0&file=../relay.db"),
        std::string("/v1/live?epoch=" + epoch + "&cursors=" + cursors + "&wait=-1"),
        std::string("/v1/live?epoch=" + epoch + "%00&cursors=" + cursors + "&wait=0")}) {
    for (const char* method : {"GET", "POST"}) {
      const int status = status_of(signed_request(coach, sync_request_message(method, target, {})));
      EXPECT_TRUE(status >= 400 && status < 500) << method << ' ' << target << ' ' << status;
    }
  }
  for (const char* keyid : {"../../etc/passwd", "", "' OR ''='", "AAAA"}) {
    HttpRequest request = signed_request(coach, sync_request_message("POST", std::string(kSyncPath), {}));
    std::string input(*request.headers.find("signature-input"));
    const std::size_t at = input.find("keyid=\"") + 7;
    input.replace(at, input.find('"', at) - at, keyid);
    request.headers.set("signature-input", input);
    const int status = status_of(std::move(request));
    EXPECT_TRUE(status >= 400 && status < 500) << keyid << ' ' << status;
  }
}

/// Ids are 16 bytes of whatever their maker likes, and the real storage keeps them as that.
TEST_F(attack_G, G_IdsAreBytesAndNothingElse) {
  const TemporaryFolder folder;
  auto sqlite = SqliteRelayStorage::create(folder / "relay.db", random_id<RelayEpoch>(world.random));
  ASSERT_TRUE(sqlite);
  relay = std::move(
      Relay::open({**sqlite, *signer, clock, world.random}, world.registrar.public_key(), limits).value());
  enrol(coach);
  enrol(stranger);
  for (const char* hostile :
       {"';DROP TABLE x;-", "../../../../etc/", "%' OR 1=1 --    ", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"}) {
    const CircleId id = *CircleId::from(ByteView(reinterpret_cast<const Byte*>(hostile), 16));
    coach.author.instance = *InstanceId::from(as_bytes("';--%_\"\\"));
    const auto entries = *found_circle(coach.identity, world.roots(), id, world.metadata(), clock.wall_ms(),
                                       world.random, CirclePolicy::kCoaches);
    EXPECT_EQ(push_entries(coach, entries).receipts.size(), 2U);
    BundlePlan plan;
    plan.entry = parse_entry_place(entries.back().signed_entry)->hash;
    EXPECT_EQ(push(coach, {bundle(coach, id, plan)}).receipts.size(), 1U);
    EXPECT_TRUE(pull(stranger).bundles.empty());
  }
  const std::vector<CircleHead> kept = (*sqlite)->circles_of(coach.device()).value();
  EXPECT_EQ(kept.size(), 4U);
  for (const CircleHead& one : kept) EXPECT_EQ(one.sequence, 3U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 4)
      << "file, WAL, shm, lock";
}

/// The same in what people write, and look for.
TEST_F(attack_G, G_TextsAreTextsAndNothingElse) {
  Municipality emmen(world.random, clock.wall_ms());
  Device tablet(emmen, "Robert'); DROP TABLE tb_circle;--", 11);
  const std::string hostile = "Robert'); DROP TABLE goal;-- \" OR 1=1 * NEAR/2 ^x {a} \\ %s\n";
  const CircleId own =
      *tablet.vault.create_circle({random_id<DossierId>(world.random), "school", hostile, {}});
  const Record record = *tablet.vault.prepare(6, own);
  ASSERT_TRUE(tablet.vault.assign(record, {"statement=" + hostile}));
  EXPECT_EQ(tablet.vault.circle(own)->name, hostile);
  for (const std::string& words : {std::string("Robert"), hostile, std::string("\""), std::string("goal:*"),
                                   std::string("' OR ''='"), std::string("NEAR(a b)"), std::string("-")}) {
    EXPECT_TRUE(tablet.vault.search(words)) << words;
  }
  for (const char* sql : {"DELETE FROM goal", "ATTACH 'x.db' AS x", "PRAGMA writable_schema=1",
                          "SELECT * FROM goal; DELETE FROM goal", "SELECT load_extension('x')",
                          "SELECT writefile('x', 'y')", "VACUUM INTO 'x.db'"})
    EXPECT_FALSE(tablet.vault.query(sql)) << sql;
  EXPECT_TRUE(tablet.vault.get(6, record.id()));
  EXPECT_TRUE(tablet.vault.query("SELECT count(*) FROM goal"));
}

}  // namespace
}  // namespace thuisbasis::attack
