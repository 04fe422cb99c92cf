// SPDX-License-Identifier: EUPL-1.2
// A daemon that only checks hashes: tests/layers must let it pass.
#include "core/verify/hash.h"

int main() {
  using namespace thuisbasis;
  const Sha256Digest digest = sha256(ByteView());
  return digest.view().size() == 32 ? 0 : 1;
}
