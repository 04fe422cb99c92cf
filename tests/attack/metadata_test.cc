// SPDX-License-Identifier: EUPL-1.2
// Rows H1 to H4, H6 and H7 of the checklist: what sizes, ids and stored bytes tell, against whole vaults.
#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>

#include "core/crypto/aead.h"
#include "core/verify/hash.h"
#include "platform/relay_storage/sqlite_relay_storage.h"
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_H = AttackTown;

std::size_t size_class_of(const Bytes& bundle) { return parse_bundle(bundle)->ciphertext.size(); }
/// Whether a size is one of PROTOCOL.md P-41, reckoned by its words.
bool is_padded(std::size_t sealed, std::size_t overhead) {
  if (sealed < overhead + 256) return false;
  const std::size_t size = sealed - overhead;
  const double e = std::floor(std::log2(static_cast<double>(size)));
  const double s = std::floor(std::log2(e)) + 1;
  return size % static_cast<std::size_t>(std::exp2(e - s)) == 0;
}

/// H1: whatever is written, what leaves has one of few sizes: bundles, and what is sealed in entries.
TEST_F(attack_H, H1_EverySizeIsOneOfPadme) {
  SeededRandom letters(5);
  for (std::size_t length = 1; length < 20'000; length = length * 3 / 2 + 1) {
    Bytes noise(length);
    letters.fill(noise);
    put_goal(tablet, circle, to_hex(noise));
    sync(tablet);
  }
  for (int i = 0; i < 40; ++i) put_goal(laptop, circle, "Veel tegelijk " + std::to_string(i));
  sync(laptop);
  ASSERT_GT(overheard.size(), 20U);
  std::set<std::size_t> sizes;
  for (const Bytes& bundle : overheard) {
    EXPECT_TRUE(is_padded(size_class_of(bundle), kAeadTagSize)) << size_class_of(bundle);
    sizes.insert(size_class_of(bundle));
  }
  EXPECT_GT(sizes.size(), 5U) << "the control";
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(laptop)}));
  sync(tablet);
  const std::uint32_t entries = storage.circle(circle)->value().entries;
  for (std::uint32_t index = 0; index < entries; ++index) {
    const membership::Entry entry = circle_test::entry_in(storage.entry(circle, index)->value().signed_entry);
    const std::size_t overhead = kXaesNonceSize + kAeadTagSize;
    if (entry.has_admit()) {
      EXPECT_TRUE(is_padded(entry.admit().sealed_attributes().size(), overhead));
    }
    for (const membership::EpochRecord* epoch : {&entry.rotate(), &entry.remove().epoch()})
      if (epoch->epoch() != 0) {
        EXPECT_TRUE(is_padded(epoch->sealed_metadata().size(), overhead));
      }
  }
}

/// H2: the same note with one word changed, many times, against another word of another length.
TEST_F(attack_H, H2_OneWordDoesNotShowInTheSizes) {
  const RecordId goal = put_goal(tablet, circle, "Rust in huis");
  sync(tablet);
  const auto sizes_of = [&](const std::string& word) {
    std::map<std::size_t, int> sizes;
    const std::size_t from = overheard.size();
    for (int i = 0; i < 30; ++i) {
      edit_why(tablet, goal,
               "Vandaag was moeder " + word + " en ging het gesprek over de week, keer " +
                   std::to_string(100 + i));
      sync(tablet);
    }
    EXPECT_EQ(overheard.size(), from + 30);
    for (std::size_t i = from; i < overheard.size(); ++i) ++sizes[size_class_of(overheard[i])];
    return sizes;
  };
  const auto of_short = sizes_of("moe");
  EXPECT_EQ(of_short, sizes_of("boos"));
  EXPECT_EQ(of_short, sizes_of("teleurgesteld"));
}

/// H3: the real storage of a relay, byte for byte, and every request that reached it. (With the daemon's own
/// log and memory it is tried from outside.)
TEST_F(attack_H, H3_NothingThatWasPlantedIsAtTheRelay) {
  const TemporaryFolder folder;
  auto sqlite = SqliteRelayStorage::create(folder / "relay.db", random_id<RelayEpoch>(random));
  ASSERT_TRUE(sqlite);
  Bytes seen;
  relay.on_request = [&](const HttpRequest& request) {
    append(seen, as_bytes(request.target));
    for (const HttpHeaders::Field& one : request.headers.fields()) append(seen, as_bytes(one.value));
    append(seen, request.body);
  };
  relay.open(**sqlite);
  const DossierId dossier = random_id<DossierId>(random);
  const RecordId family = random_id<RecordId>(random);
  const CircleId planted = *tablet.vault.create_circle({dossier, "veiligheid", "Gezin Kanariegeel", family});
  Device nurse(emmen, "Verpleegkundige Zonnebloem", 16);
  ASSERT_TRUE(tablet.vault.admit(planted, nurse.answer_of_registrar, {}));
  const std::string statement =
      "Elke ochtend om half negen naar basisschool De Zilvermeeuw, bijlage.pdf application/pdf";
  const RecordId goal = put_goal(tablet, planted, statement);
  edit_why(tablet, goal, "Omdat Kanariegeel dat zelf graag wil");
  for (int round = 0; round < 4; ++round)
    for (Device* device : {&tablet, &nurse, &colleague, &laptop}) sync(*device);
  ASSERT_TRUE(shows(nurse, goal)) << "it all went through this relay";
  ASSERT_TRUE(tablet.vault.remove(planted, {id_of(nurse)}));
  sync(tablet);
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(folder / (std::string("relay.db") + suffix), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    append(seen, as_bytes(bytes));
  }
  const auto holds = [&](ByteView what) {
    return std::search(seen.begin(), seen.end(), what.begin(), what.end()) != seen.end();
  };
  ASSERT_TRUE(holds(planted.view()) && holds(id_of(nurse).view()))
      << "the control: what it may know is found";
  const Sha256Digest content_hash = sha256(as_bytes(statement));
  for (const std::string& canary :
       {std::string("Kanariegeel"), std::string("veiligheid"), std::string("Zonnebloem"),
        std::string("Verpleegkundige"), std::string("gezinscoach"), std::string("Gemeente Emmen"),
        std::string("Anneke"), std::string("Zilvermeeuw"), std::string("half negen"), std::string("pdf"),
        std::string("graag wil"), to_hex(content_hash.view()), to_string(content_hash.view()),
        to_string(dossier.view()), dossier.text(), to_string(family.view()), to_string(goal.view())})
    EXPECT_FALSE(holds(as_bytes(canary))) << to_hex(as_bytes(canary));
}

/// H4: an id tells nothing of what it names, and not how many there are.
TEST_F(attack_H, H4_IdsAreDrawnAndNotDerived) {
  const DossierId dossier = random_id<DossierId>(random);
  std::set<CircleId> circles;
  for (Device* device : {&tablet, &colleague, &laptop})
    for (int i = 0; i < 2; ++i)
      circles.insert(*device->vault.create_circle({dossier, "school", "Gezin Brouwer", {}}));
  EXPECT_EQ(circles.size(), 6U) << "the same dossier, kind and name";
  for (const CircleId& id : circles) EXPECT_FALSE(std::ranges::equal(id.view(), dossier.view()));
  constexpr std::size_t kRecords = 512;
  std::set<RecordId> records;
  std::array<std::set<Byte>, RecordId::kSize> values;
  std::size_t ones = 0;
  for (std::size_t i = 0; i < kRecords; ++i) {
    const RecordId id = tablet.vault.prepare(kGoal, circle)->id();
    records.insert(id);
    for (std::size_t at = 0; at < RecordId::kSize; ++at) {
      values[at].insert(id.view()[at]);
      ones += static_cast<std::size_t>(std::popcount(id.view()[at]));
    }
  }
  EXPECT_EQ(records.size(), kRecords);
  for (const auto& at_place : values) EXPECT_GT(at_place.size(), 180U) << "of 256, at every place";
  const std::size_t bits = kRecords * RecordId::kSize * 8;
  EXPECT_NEAR(static_cast<double>(ones), static_cast<double>(bits) / 2, static_cast<double>(bits) / 100);
}

/// H6: what was written since the last push leaves as one bundle, however many changes it took.
TEST_F(attack_H, H6_ManyWritesLeaveAsOne) {
  const std::size_t before = overheard.size();
  for (int i = 0; i < 60; ++i) {
    put_goal(tablet, circle, "Snel achter elkaar " + std::to_string(i));
    tablet.clock.advance(1'000);
  }
  sync(tablet);
  ASSERT_EQ(overheard.size(), before + 1);
  const BundleHeader header = parse_bundle(overheard.back())->header;
  EXPECT_EQ(header.last - header.first + 1, 60U);
  EXPECT_EQ(header.signed_time, tablet.clock.wall_ms()) << "the time of the push, not of the writing";
}

/// H7: the relay sees who by fingerprint: no names, and not by their length either.
TEST_F(attack_H, H7_AChangeOfMembersTellsFingerprintsOnly) {
  Device brief(emmen, "Jo", 15);
  Device wordy(emmen, "Wilhelmina van der Meulen-Oosterhuis, wijkverpleegkundige, tablet twee", 16);
  std::vector<std::size_t> sizes;
  for (Device* device : {&brief, &wordy}) {
    ASSERT_TRUE(tablet.vault.admit(circle, device->answer_of_registrar, {}));
    sizes.push_back(newest_entry_of(tablet).size());
    sync(tablet);
  }
  EXPECT_NEAR(static_cast<double>(sizes[0]), static_cast<double>(sizes[1]), 2.0)
      << "varints of serials apart";
  ASSERT_TRUE(tablet.vault.remove(circle, {id_of(brief), id_of(wordy)}));
  sync(tablet);
  const std::uint32_t entries = storage.circle(circle)->value().entries;
  bool found = false;
  for (std::uint32_t index = 0; index < entries; ++index) {
    const Bytes entry = storage.entry(circle, index)->value().signed_entry;
    for (const char* canary : {"Wilhelmina", "Meulen", "wijkverpleeg", "Anneke", "Marieke", "Ilse",
                               "gezinscoach", "Gemeente", "school", "Brouwer"})
      EXPECT_EQ(as_text(entry).find(canary), std::string_view::npos) << index << ' ' << canary;
    found |= as_text(entry).find(as_text(id_of(wordy).view())) != std::string_view::npos;
  }
  EXPECT_TRUE(found) << "the control";
  // The hash that binds a name is salted: the same name on two devices has two.
  const DeviceIdentity one = emmen.certified_device("Jo");
  const DeviceIdentity other = emmen.certified_device("Jo");
  EXPECT_NE(one.certificate().attributes_hash, other.certificate().attributes_hash);
}

}  // namespace
}  // namespace thuisbasis::attack
