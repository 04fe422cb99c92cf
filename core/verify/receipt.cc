// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/receipt.h"

#include "core/base/wire_bytes.h"
#include "core/verify/hash.h"
#include "core/verify/protocol.h"

namespace thuisbasis {
namespace {

constexpr std::uint8_t kBundleLeaf = 1;
constexpr std::uint8_t kMembershipLeaf = 2;

void write(ByteWriter& writer, const BundleReceipt& receipt) {
  writer.u8(kBundleLeaf);
  writer.raw(receipt.circle.view());
  writer.u64(receipt.sequence);
  writer.raw(receipt.author.device.view());
  writer.raw(receipt.author.instance.view());
  writer.u64(receipt.first);
  writer.u64(receipt.last);
  writer.raw(receipt.chain.view());
  writer.raw(receipt.bundle.view());
}

void write(ByteWriter& writer, const MembershipReceipt& receipt) {
  writer.u8(kMembershipLeaf);
  writer.raw(receipt.circle.view());
  writer.u64(receipt.sequence);
  writer.u32(receipt.index);
  writer.raw(receipt.entry_hash.view());
}

}  // namespace

Sha256Digest bundle_hash(ByteView bundle) {
  Sha256 hash(label::kBundleHash);
  hash.add(bundle);
  return hash.finish();
}

Bytes receipt_leaf(const Receipt& receipt) {
  ByteWriter writer;
  writer.raw(as_bytes(label::kReceiptLeaf));
  writer.u8(0);
  std::visit([&writer](const auto& what) { write(writer, what); }, receipt);
  return writer.take();
}

Sha256Digest receipts_root(std::span<const Receipt> receipts) {
  std::vector<Sha256Digest> leaves;
  leaves.reserve(receipts.size());
  for (const Receipt& receipt : receipts) leaves.push_back(merkle_leaf(receipt_leaf(receipt)));
  return merkle_root(leaves);
}

Bytes receipt_message(const Sha256Digest& group_root, const RelayEpoch& relay_epoch, WallMs time) {
  ByteWriter writer;
  writer.raw(group_root.view());
  writer.raw(relay_epoch.view());
  writer.u64(static_cast<std::uint64_t>(time));
  return writer.take();
}

Status verify_receipts(std::span<const Receipt> receipts, const ReceiptProof& proof,
                       const VerifyKey& receipt_key) {
  if (receipts.size() > kReceiptsMax) return Error(Code::kTooLarge, "too many receipts in one answer");
  TB_TRY(const Sha256Digest root, merkle_root_from_path(merkle_leaf(receipts_root(receipts).view()),
                                                        proof.leaf_index, proof.leaf_count, proof.path));
  auto verified =
      verify_signature(receipt_key, label::kReceipt, receipt_message(root, proof.relay_epoch, proof.time),
                       proof.signature.view());
  if (!verified) return std::move(verified.error()).within("receipts");
  return {};
}

}  // namespace thuisbasis
