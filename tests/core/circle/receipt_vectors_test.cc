// SPDX-License-Identifier: EUPL-1.2
#include "core/crypto/signing.h"
#include "core/verify/hash.h"
#include "core/verify/log_mark.h"
#include "core/verify/protocol.h"
#include "core/verify/receipt.h"
#include "tests/core/circle/golden_vectors.h"

namespace thuisbasis {
namespace {

using circle_test::golden;
using circle_test::id_from;
using circle_test::pattern;
using circle_test::read_text;
using circle_test::VectorCase;

std::vector<VectorCase> make_receipts() {
  const SigningKey relay = *SigningKey::from_seed(Secret::copy_of(pattern(32, 0x11)));
  VectorCase one("the second request of three", "ok");
  one.hex("receipt-key", relay.public_key().view())
      .hex("relay-epoch", pattern(16, 0x22))
      .number("time", 1'800'000'000'123);
  one.hex("circle", pattern(16, 0x33)).number("sequence", 42).hex("device", pattern(32, 0x44));
  one.hex("instance", pattern(8, 0x55)).number("first", 5).number("last", 7).hex("chain", pattern(32, 0x66));
  one.hex("bundle-hash", pattern(32, 0x99));
  one.hex("entry-circle", pattern(16, 0x77)).number("entry-sequence", 43).number("entry-index", 3);
  one.hex("entry-hash", pattern(32, 0x88)).number("leaf-index", 1).number("leaf-count", 3);
  const BundleReceipt bundle{id_from<CircleId>(one, "circle"),
                             42,
                             {id_from<DeviceId>(one, "device"), id_from<InstanceId>(one, "instance")},
                             5,
                             7,
                             id_from<ChainValue>(one, "chain"),
                             id_from<Sha256Digest>(one, "bundle-hash")};
  const MembershipReceipt entry{id_from<CircleId>(one, "entry-circle"), 43, 3,
                                id_from<Sha256Digest>(one, "entry-hash")};
  const std::vector<Receipt> receipts{bundle, entry};
  std::vector<Sha256Digest> leaves{merkle_leaf(as_bytes("first")),
                                   merkle_leaf(receipts_root(receipts).view()),
                                   merkle_leaf(as_bytes("third"))};
  const Signature signature = relay.sign(
      label::kReceipt,
      receipt_message(merkle_root(leaves), id_from<RelayEpoch>(one, "relay-epoch"), 1'800'000'000'123));
  for (const Receipt& receipt : receipts) one.hex("leaf", receipt_leaf(receipt));
  for (const Sha256Digest& sibling : merkle_path(leaves, 1)) one.hex("path", sibling.view());
  one.hex("request-root", receipts_root(receipts).view()).hex("group-root", merkle_root(leaves).view());
  one.hex("signature", signature.view());
  LogMark mark;
  for (const Receipt& receipt : receipts) {
    mark = next_mark(mark, receipt);
    one.hex("mark", mark.view());
  }
  MarksHasher marks;
  marks.add(bundle.circle, mark);
  one.hex("marks-hash", marks.finish().view());
  return {one};
}

TEST(Vectors, ReceiptsVerifyAsTheySay) {
  const auto cases = golden(
      "receipts.txt", "Receipts of one request in a commit group (PROTOCOL.md, chapter 7).", make_receipts());
  const VectorCase& one = cases.at(0);
  const std::vector<Receipt> receipts{
      BundleReceipt{id_from<CircleId>(one, "circle"),
                    one.integer("sequence"),
                    {id_from<DeviceId>(one, "device"), id_from<InstanceId>(one, "instance")},
                    one.integer("first"),
                    one.integer("last"),
                    id_from<ChainValue>(one, "chain"),
                    id_from<Sha256Digest>(one, "bundle-hash")},
      MembershipReceipt{id_from<CircleId>(one, "entry-circle"), one.integer("entry-sequence"),
                        static_cast<std::uint32_t>(one.integer("entry-index")),
                        id_from<Sha256Digest>(one, "entry-hash")}};
  ReceiptProof proof{id_from<RelayEpoch>(one, "relay-epoch"),
                     static_cast<WallMs>(one.integer("time")),
                     one.integer("leaf-index"),
                     one.integer("leaf-count"),
                     {},
                     id_from<Signature>(one, "signature")};
  for (const std::string& hex : one.all("path")) proof.path.push_back(*Sha256Digest::from(*from_hex(hex)));
  EXPECT_TRUE(verify_receipts(receipts, proof, *VerifyKey::parse(one.bytes("receipt-key"))));
  LogMark mark;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    mark = next_mark(mark, receipts[i]);
    EXPECT_EQ(to_hex(mark.view()), one.all("mark").at(i));
  }
  MarksHasher marks;
  marks.add(id_from<CircleId>(one, "circle"), mark);
  EXPECT_EQ(to_bytes(marks.finish().view()), one.bytes("marks-hash"));
}

TEST(Protocol, TheWrittenSpecificationIsOfThisVersion) {
  const std::string text = read_text(TB_SOURCE_DIR "/proto/PROTOCOL.md");
  EXPECT_NE(text.find("Protocol version: " + std::to_string(kProtocolVersion) + "\n"), std::string::npos);
}

}  // namespace
}  // namespace thuisbasis
