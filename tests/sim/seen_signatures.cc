// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/seen_signatures.h"

#include <sodium.h>

#include <array>
#include <set>

#include "tests/support/allocation_pause.h"

namespace thuisbasis::sim {
namespace {

/// Of all three, each of its own length or the last.
using Fingerprint = std::array<unsigned char, 32>;

thread_local std::set<Fingerprint> found_good;

Fingerprint fingerprint_of(const unsigned char* signature, const unsigned char* message, std::size_t size,
                           const unsigned char* key) {
  Fingerprint print{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, print.size());
  crypto_generichash_update(&state, key, crypto_sign_PUBLICKEYBYTES);
  crypto_generichash_update(&state, signature, crypto_sign_BYTES);
  crypto_generichash_update(&state, message, size);
  crypto_generichash_final(&state, print.data(), print.size());
  return print;
}

}  // namespace

void seen_signatures::forget() { found_good.clear(); }
std::size_t seen_signatures::count() { return found_good.size(); }

}  // namespace thuisbasis::sim

// The linker gives the product the second function where it names crypto_sign_verify_detached.
extern "C" int __real_crypto_sign_verify_detached(const unsigned char* signature,
                                                  const unsigned char* message, unsigned long long size,
                                                  const unsigned char* key);
extern "C" int __wrap_crypto_sign_verify_detached(const unsigned char* signature,
                                                  const unsigned char* message, unsigned long long size,
                                                  const unsigned char* key) {
  using thuisbasis::sim::found_good;
  const thuisbasis::testing_support::AllocationPause of_the_test;
  const auto print = thuisbasis::sim::fingerprint_of(signature, message, size, key);
  if (found_good.contains(print)) return 0;
  const int answer = __real_crypto_sign_verify_detached(signature, message, size, key);
  if (answer == 0) found_good.insert(print);
  return answer;
}
