// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/epoch_key.h"

#include "core/circle/labelled.h"
#include "core/circle/labels.h"
#include "core/circle/sealed_field.h"
#include "core/crypto/kdf.h"
#include "core/verify/protocol.h"

namespace thuisbasis {
namespace {

Bytes wrap_info(const CircleId& circle, std::uint32_t epoch, const DeviceId& recipient) {
  ByteWriter info = labelled(label::kWrap);
  info.u16(kSuite1);
  info.raw(circle.view());
  info.u32(epoch);
  info.raw(recipient.view());
  return info.take();
}

Bytes author_bytes(const Author& author) {
  Bytes bytes = to_bytes(author.device.view());
  append(bytes, author.instance.view());
  return bytes;
}

Bytes number_of(std::uint32_t epoch) {
  ByteWriter writer;
  writer.u32(epoch);
  return writer.take();
}

}  // namespace

EpochKey::EpochKey(const CircleId& circle, std::uint32_t epoch, Secret secret)
    : circle_(circle), epoch_(epoch), secret_(std::move(secret)) {}

EpochKey EpochKey::generate(const CircleId& circle, std::uint32_t epoch, Random& random) {
  Secret secret(kSize);
  random.fill(secret.mutable_view());
  return EpochKey(circle, epoch, std::move(secret));
}

Result<EpochKey> EpochKey::from_secret(const CircleId& circle, std::uint32_t epoch, Secret secret) {
  if (secret.size() != kSize) return Error(Code::kMalformed, "epoch key of a wrong size");
  return EpochKey(circle, epoch, std::move(secret));
}

EpochKey::Derived EpochKey::derive(std::string_view label, ByteView more) const {
  ByteWriter info = labelled(label);
  info.raw(circle_.view());
  info.u32(epoch_);
  info.raw(more);
  return Derived([&](MutableByteView out) { hkdf_expand(secret_, info.view(), out); });
}

EpochKey::Derived EpochKey::sender_key(const Author& author) const {
  return derive(label::kSender, author_bytes(author));
}
EpochKey::Derived EpochKey::nonce_key(const Author& author) const {
  return derive(label::kNonce, author_bytes(author));
}
EpochKey::Derived EpochKey::metadata_key() const { return derive(label::kMetadata); }
EpochKey::Derived EpochKey::attributes_key() const { return derive(label::kSealedAttributes); }

Sha256Digest EpochKey::commitment() const { return *Sha256Digest::from(derive(label::kCommit).view()); }

Result<KeyWrap> EpochKey::wrap_for(const DeviceId& recipient, const AgreementKey& key,
                                   const Sha256Digest& header_hash) const {
  TB_TRY(HpkeSealed sealed,
         hpke_seal_derived(derive(label::kWrapSeed, recipient.view()), key,
                           wrap_info(circle_, epoch_, recipient), header_hash.view(), secret_));
  return KeyWrap{recipient, std::move(sealed.enc), std::move(sealed.ciphertext)};
}

Result<Bytes> EpochKey::link_to(const EpochKey& former, const Sha256Digest& header_hash,
                                Random& random) const {
  return seal_exact(derive(label::kHistory), former.secret().view(), header_hash.view(), random);
}

Result<EpochKey> EpochKey::follow_link(ByteView history_link, const Sha256Digest& header_hash) const {
  TB_TRY(Secret former, open_exact(derive(label::kHistory), history_link, header_hash.view()));
  return from_secret(circle_, epoch_ - 1, std::move(former));
}

Result<Bytes> EpochKey::seal_retired(const EpochKey& retired, const Sha256Digest& header_hash,
                                     Random& random) const {
  return seal_exact(derive(label::kRetired, number_of(retired.epoch())), retired.secret().view(),
                    header_hash.view(), random);
}

Result<EpochKey> EpochKey::open_retired(std::uint32_t epoch, ByteView sealed,
                                        const Sha256Digest& header_hash) const {
  TB_TRY(Secret secret, open_exact(derive(label::kRetired, number_of(epoch)), sealed, header_hash.view()));
  return from_secret(circle_, epoch, std::move(secret));
}

Result<EpochKey> open_wrap(const CircleId& circle, const EpochRecord& record, const KeyWrap& wrap,
                           const AgreementPrivateKey& key) {
  TB_TRY(Secret secret, hpke_open(key, wrap_info(circle, record.number, wrap.recipient),
                                  record.header_hash.view(), {wrap.enc, wrap.ciphertext}));
  TB_TRY(EpochKey opened, EpochKey::from_secret(circle, record.number, std::move(secret)));
  if (opened.commitment() != record.commitment)
    return Error(Code::kDecryptFailed, "epoch key is not the one that was committed to");
  return opened;
}

}  // namespace thuisbasis
