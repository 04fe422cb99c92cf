// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/receipt.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/crypto/signing.h"
#include "core/verify/protocol.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

std::vector<Sha256Digest> leaves(std::size_t count) {
  std::vector<Sha256Digest> hashes;
  for (std::size_t i = 0; i < count; ++i) hashes.push_back(merkle_leaf(as_bytes(std::to_string(i))));
  return hashes;
}

TEST(Merkle, GivesTheRootsOfCertificateTransparency) {
  // The eight inputs and roots that the reference implementations of RFC 6962 test with.
  std::vector<Sha256Digest> hashes;
  for (const char* input :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
    hashes.push_back(merkle_leaf(*from_hex(input)));
  EXPECT_EQ(to_hex(merkle_root({}).view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(merkle_root(std::span(hashes).first(1)).view()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(to_hex(merkle_root(std::span(hashes).first(7)).view()),
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
  EXPECT_EQ(to_hex(merkle_root(hashes).view()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Merkle, EveryPathLeadsToTheRootAndNoOtherDoes) {
  for (std::size_t count = 1; count <= 40; ++count) {
    const auto hashes = leaves(count);
    const Sha256Digest root = merkle_root(hashes);
    const auto paths = merkle_paths(hashes);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(paths[i], merkle_path(hashes, i));
      EXPECT_EQ(*merkle_root_from_path(hashes[i], i, count, paths[i]), root) << count << " " << i;
      const auto elsewhere = merkle_root_from_path(hashes[i], (i + 1) % count, count, paths[i]);
      if (count > 1) {
        EXPECT_FALSE(elsewhere && *elsewhere == root);
      }
      auto longer = paths[i];
      longer.push_back(root);
      EXPECT_FALSE(merkle_root_from_path(hashes[i], i, count, longer));
      if (!paths[i].empty()) {
        EXPECT_FALSE(
            merkle_root_from_path(hashes[i], i, count, std::span(paths[i]).first(paths[i].size() - 1)));
      }
      EXPECT_FALSE(merkle_root_from_path(hashes[i], count, count, paths[i]));
    }
  }
  EXPECT_FALSE(merkle_root_from_path({}, 0, 0, {}));
}

class Receipts : public ::testing::Test {
 protected:
  testing_support::SeededRandom random{3};
  SigningKey relay = SigningKey::generate(random);
  RelayEpoch epoch = random_id<RelayEpoch>(random);

  BundleReceipt bundle() {
    return {random_id<CircleId>(random),
            7,
            {random_id<DeviceId>(random), random_id<InstanceId>(random)},
            1,
            4,
            random_id<ChainValue>(random),
            random_id<Sha256Digest>(random)};
  }
  MembershipReceipt entry() { return {random_id<CircleId>(random), 8, 3, random_id<Sha256Digest>(random)}; }

  /// What a relay does for one commit group.
  std::vector<ReceiptProof> prove(const std::vector<std::vector<Receipt>>& requests, WallMs time) {
    std::vector<Sha256Digest> roots;
    for (const auto& request : requests) roots.push_back(merkle_leaf(receipts_root(request).view()));
    const Signature signature = relay.sign(label::kReceipt, receipt_message(merkle_root(roots), epoch, time));
    std::vector<ReceiptProof> proofs;
    for (std::size_t i = 0; i < roots.size(); ++i)
      proofs.push_back({epoch, time, i, roots.size(), merkle_path(roots, i), signature});
    return proofs;
  }
};

TEST_F(Receipts, OfEveryRequestInAGroupVerifyUnderOneSignature) {
  const std::vector<std::vector<Receipt>> requests{
      {bundle(), entry()}, {bundle()}, {entry(), entry(), bundle()}};
  const auto proofs = prove(requests, 1234);
  for (std::size_t i = 0; i < requests.size(); ++i)
    EXPECT_TRUE(verify_receipts(requests[i], proofs[i], relay.public_key()));
}

TEST_F(Receipts, NothingInThemCanBeChanged) {
  const BundleReceipt honest = bundle();
  const std::vector<std::vector<Receipt>> requests{{honest}, {entry()}};
  const ReceiptProof proof = prove(requests, 1234)[0];
  const auto refused = [&](const Receipt& receipt, const ReceiptProof& with) {
    return !verify_receipts(std::vector<Receipt>{receipt}, with, relay.public_key());
  };
  ASSERT_FALSE(refused(honest, proof));
  for (const auto& change : std::vector<std::function<void(BundleReceipt&)>>{
           [](BundleReceipt& r) { r.sequence++; }, [](BundleReceipt& r) { r.last++; },
           [](BundleReceipt& r) { r.first++; }, [](BundleReceipt& r) { r.chain.mutable_view()[0] ^= 1; },
           [](BundleReceipt& r) { r.bundle.mutable_view()[0] ^= 1; },
           [](BundleReceipt& r) { r.circle.mutable_view()[0] ^= 1; },
           [](BundleReceipt& r) { r.author.instance.mutable_view()[0] ^= 1; }}) {
    BundleReceipt altered = honest;
    change(altered);
    EXPECT_TRUE(refused(altered, proof));
  }
  ReceiptProof altered = proof;
  altered.time++;
  EXPECT_TRUE(refused(honest, altered));
  altered = proof;
  altered.relay_epoch.mutable_view()[0] ^= 1;
  EXPECT_TRUE(refused(honest, altered));
  altered = proof;
  altered.leaf_index = 1;
  EXPECT_TRUE(refused(honest, altered));
  EXPECT_FALSE(verify_receipts(requests[0], proof, SigningKey::generate(random).public_key()));
  EXPECT_FALSE(verify_receipts({}, proof, relay.public_key()));
}

TEST_F(Receipts, OfTwoKindsNeverLookAlike) {
  EXPECT_NE(receipt_leaf(bundle()).size(), receipt_leaf(entry()).size());
}

}  // namespace
}  // namespace thuisbasis
