// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/bundle_sealer.h"

#include <algorithm>
#include <limits>

#include "core/circle/bundle_payload.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "core/merge/operation.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kPlaintextMax = kBundleCiphertextMax - kAeadTagSize;
constexpr std::size_t kLengthSize = 4;
/// What a change costs in a payload beside its own bytes, at most: how it travels, and an explicit salt.
constexpr std::size_t kChangeOverheadMax = 32;
constexpr std::size_t kPerAuthorMax = 64;
constexpr std::size_t kPayloadRest = 256;

std::size_t plaintext_size(std::size_t content_size) { return padded_size(kLengthSize + content_size); }
bool fits_a_bundle(std::size_t content_size) { return plaintext_size(content_size) <= kPlaintextMax; }
/// So full that another try is not worth its time.
bool nearly_full(std::size_t content_size) { return plaintext_size(content_size) >= kPlaintextMax / 16 * 15; }

/// Text usually compresses this well: where the search for a full bundle begins.
constexpr std::size_t kUsualRatio = 5;

/// How many changes make a payload of at most `size_max` bytes.
std::size_t count_within(const SealRequest& request, std::size_t size_max) {
  std::size_t size = kPayloadRest + request.seen.numbers().size() * kPerAuthorMax;
  std::size_t count = 0;
  for (const FrozenChange& change : request.changes) {
    size += change.bytes.size() + kChangeOverheadMax;
    if (size > size_max || count == kBundleChangesMax) break;
    ++count;
  }
  return count;
}

Status check_request(const SealRequest& request, const EpochKey& key) {
  if (request.changes.empty() || request.first == 0 ||
      request.first > std::numeric_limits<std::uint64_t>::max() - 1 - request.changes.size())
    return Error(Code::kInvalidArgument, "nothing to seal, or numbers that do not exist");
  if (request.signed_time < 0 || request.signed_time > kSignedTimeMax)
    return Error(Code::kInvalidArgument, "signed time is out of range");
  if (key.epoch() == 0) return Error(Code::kInvalidArgument, "epochs start at 1");
  if (request.others.contains(request.author))
    return Error(Code::kInvalidArgument, "others includes the author");
  return {};
}

/// As many changes as were packed, and the payload padded.
struct Packed {
  std::size_t count = 0;
  Bytes plaintext;
};

/// A payload of the first `count` changes. One alone that does not fit gets a second chance: told whole, what
/// repeats inside it may compress better.
Result<Bytes> payload_of(SealRequest part, std::size_t count, TextCompressor& compressor) {
  if (count < part.changes.size()) part.digest.reset();
  TB_TRY(Bytes payload, encode_payload(part, count, Outlines::kAllowed, compressor));
  if (count > 1 || fits_a_bundle(payload.size())) return payload;
  wipe(payload);
  return encode_payload(part, count, Outlines::kNone, compressor);
}

Result<Packed> pack(const SealRequest& request, TextCompressor& compressor) {
  Packed packed;
  std::size_t too_many = count_within(request, kPayloadBytesMax) + 1;
  std::size_t guess = count_within(request, kPlaintextMax * kUsualRatio);
  while (packed.count + 1 < too_many) {
    guess = std::clamp(guess, packed.count + 1, too_many - 1);
    TB_TRY(Bytes payload, payload_of(request, guess, compressor));
    const std::size_t size = payload.size();
    if (fits_a_bundle(size)) {
      wipe(packed.plaintext);
      packed = {guess, pad(payload)};
    } else {
      too_many = guess;
    }
    wipe(payload);
    if (packed.count == guess && nearly_full(size)) break;
    guess = std::max<std::size_t>(guess * kPlaintextMax / (size + 1) * 31 / 32, packed.count + 1);
  }
  if (packed.count == 0) return Error(Code::kTooLarge, "change does not fit in a bundle");
  return packed;
}

}  // namespace

BundleSealer::BundleSealer(Random& random)
    : random_(random), compressor_(std::make_unique<TextCompressor>()) {}
BundleSealer::~BundleSealer() = default;
BundleSealer::BundleSealer(BundleSealer&&) noexcept = default;

Result<SealedRange> BundleSealer::seal(const SealRequest& request, const EpochKey& key,
                                       const SigningKey& signing) {
  TB_CHECK(check_request(request, key));
  TB_TRY(Packed packed, pack(request, *compressor_));

  SealedRange sealed{{}, request.first, request.first + packed.count - 1, request.previous};
  SealRequest part = request;
  part.changes = request.changes.first(packed.count);
  for (const ChangeCommitment& commitment : commitments_of(part))
    sealed.chain = chain_step(sealed.chain, commitment);
  ChainFrontier frontier = request.others;
  frontier[request.author] = {sealed.last, sealed.chain};

  BundleHeader header;
  header.circle = key.circle();
  header.epoch = key.epoch();
  header.author = request.author;
  header.first = sealed.first;
  header.last = sealed.last;
  header.previous = request.previous;
  header.chain = sealed.chain;
  header.membership_index = request.membership_index;
  header.membership_hash = request.membership_hash;
  header.frontier = request.frontier ? *request.frontier : frontier_hash(key.circle(), frontier);
  header.signed_time = request.signed_time;
  const XaesNonce nonce =
      hedged_nonce(key.nonce_key(request.author), random_, request.first, packed.plaintext);
  TB_TRY(header.nonce, BundleNonce::from(nonce.view()));
  header.ciphertext_size = static_cast<std::uint32_t>(packed.plaintext.size() + kAeadTagSize);

  const auto header_bytes = encode_bundle_header(header);
  sealed.bundle.resize(kBundleHeaderSize + header.ciphertext_size);
  std::copy(header_bytes.begin(), header_bytes.end(), sealed.bundle.begin());
  const MutableByteView ciphertext = MutableByteView(sealed.bundle).subspan(kBundleHeaderSize);
  const Status done =
      Xaes(key.sender_key(request.author)).seal_into(ciphertext, nonce, packed.plaintext, header_bytes);
  wipe(packed.plaintext);
  TB_CHECK(done);
  append(sealed.bundle,
         signing.sign(label::kBundle, bundle_signature_message(header_bytes, ciphertext)).view());
  return sealed;
}

Result<std::vector<SealedRange>> BundleSealer::seal_all(const SealRequest& request, const EpochKey& key,
                                                        const SigningKey& signing) {
  std::vector<SealedRange> ranges;
  SealRequest rest = request;
  while (ranges.empty() || !rest.changes.empty()) {
    TB_TRY(SealedRange range, seal(rest, key, signing));
    rest.changes = rest.changes.subspan(range.last - range.first + 1);
    rest.first = range.last + 1;
    rest.previous = range.chain;
    rest.seen = {};
    ranges.push_back(std::move(range));
  }
  return ranges;
}

bool BundleSealer::fits(ByteView change) {
  if (change.size() <= kChangeBytesAlwaysFit) return true;
  if (change.size() > kChangeBytesMax) return false;
  auto frame = compressor_->compress(change);
  const bool fits = frame && fits_a_bundle(frame->size() + kBundleBytesMax - kChangeBytesAlwaysFit);
  if (frame) wipe(*frame);
  return fits;
}

}  // namespace thuisbasis
