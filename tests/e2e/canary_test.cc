// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <zstd.h>

#include <iostream>

#include "tests/e2e/canary_world.h"

// Goal: nothing a person wrote can be seen by anyone who holds the traffic inside TLS, the files, the logs or
// the metrics (CRYPTO 1.3, H3 and I). Method: a secret of its own in every field of every record kind and in
// every name; then each is sought in every spelling in everything there is. canary_control_test is the same
// without sealing.

namespace thuisbasis::e2e {
namespace {

TEST(Canaries, AreSeenNowhereOutsideTheSealing) {
  CanaryWorld world;
  ASSERT_NO_FATAL_FAILURE(world.live());
  std::cout << world.scanner().planted() << " canaries sought in " << world.bytes_gathered() << " bytes of "
            << world.places_gathered() << " requests, answers, files and metrics\n";
  EXPECT_GT(world.contents().size(), 80U);
  for (const Sighting& sighting : world.sightings())
    ADD_FAILURE() << sighting.canary << " as " << sighting.encoding << " in " << sighting.place;
}

Bytes in_noise(ByteView needle, std::size_t before, Random& random) {
  Bytes noise(before + needle.size() + 100);
  random.fill(noise);
  std::copy(needle.begin(), needle.end(), noise.begin() + static_cast<std::ptrdiff_t>(before));
  return noise;
}

TEST(CanaryScanner, FindsEverySpellingAtEveryPlace) {
  SystemRandom random;
  CanaryScanner scanner;
  scanner.plant_text("text", "Qk7hT9bZx3mPw2RvLs8YdGf");
  scanner.plant_bytes("bytes", random_id<RecordId>(random).view());
  scanner.plant_number("number", INT64_C(0x5a17'3c99'e1f0'4d2b));
  scanner.plant_number("negative", -1'839'284'756);
  for (const char* name : {"text", "bytes", "number", "negative"}) {
    const auto spellings = scanner.spellings(name);
    EXPECT_GE(spellings.size(), 2U);
    for (const auto& [encoding, bytes] : spellings) {
      for (const std::size_t before : {0UL, 1UL, 2UL, 3UL, 4097UL}) {
        const auto found = scanner.scan(in_noise(bytes, before, random), "noise");
        EXPECT_TRUE(found.contains({name, encoding, "noise"}))
            << name << " as " << encoding << " at " << before;
      }
    }
  }
}

TEST(CanaryScanner, FindsASecretThatWasEncodedAmongOthers) {
  SystemRandom random;
  CanaryScanner scanner;
  scanner.plant_text("text", "Qk7hT9bZx3mPw2RvLs8YdGf");
  for (std::size_t before = 0; before < 6; ++before) {
    const Bytes whole = in_noise(as_bytes("Qk7hT9bZx3mPw2RvLs8YdGf"), before, random);
    for (const std::string& text : {to_base64(whole), to_base64url(whole), to_hex(whole)})
      EXPECT_FALSE(scanner.scan(as_bytes(text), "text").empty()) << before << ": " << text;
  }
}

TEST(CanaryScanner, LooksIntoZstdFramesAlsoWhenTheyAreCut) {
  SystemRandom random;
  CanaryScanner scanner;
  scanner.plant_text("text", "Qk7hT9bZx3mPw2RvLs8YdGf");
  std::string plain;
  for (int i = 0; i < 200; ++i)
    plain += "and so on " + std::to_string(i) + (i == 20 ? "Qk7hT9bZx3mPw2RvLs8YdGf" : "");
  Bytes frame(ZSTD_compressBound(plain.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), 19));
  const auto found = scanner.scan(in_noise(frame, 37, random), "noise");
  EXPECT_TRUE(found.contains({"text", "zstd:raw", "noise"}));
}

TEST(CanaryScanner, FindsNothingInNoise) {
  SystemRandom random;
  CanaryScanner scanner;
  scanner.plant_text("text", "Qk7hT9bZx3mPw2RvLs8YdGf");
  EXPECT_TRUE(scanner.scan(in_noise({}, 1'000'000, random), "noise").empty());
}

}  // namespace
}  // namespace thuisbasis::e2e
