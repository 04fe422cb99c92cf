// SPDX-License-Identifier: EUPL-1.2
#include "platform/key_shares/key_shares.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>

#include "core/crypto/wiped.h"
#include "core/verify/hash.h"

extern "C" {
#include <libgfshare.h>
}

namespace thuisbasis {
namespace {

constexpr std::string_view kKeyDigestLabel = "thuisbasis/1/key-share-digest";

thread_local Random* random_of_this_thread = nullptr;

void fill_at_random(unsigned char* bytes, unsigned size) { random_of_this_thread->fill({bytes, size}); }

/// libgfshare draws randomness through one pointer for the whole process, to make shares and to overwrite
/// what it frees.
class RandomInUse final {
 public:
  explicit RandomInUse(Random& random) {
    static std::once_flag once;
    std::call_once(once, [] { gfshare_fill_rand = fill_at_random; });
    random_of_this_thread = &random;
  }
  RandomInUse(const RandomInUse&) = delete;
  RandomInUse& operator=(const RandomInUse&) = delete;
  ~RandomInUse() { random_of_this_thread = nullptr; }
};

/// For joining, where libgfshare only overwrites.
class Zeros final : public Random {
 public:
  void fill(MutableByteView out) override { wipe(out); }
};

struct Free {
  void operator()(gfshare_ctx* context) const { gfshare_ctx_free(context); }
};
using Context = std::unique_ptr<gfshare_ctx, Free>;

Status check_sharing(KeySharing sharing) {
  if (sharing.needed < 2 || sharing.needed > sharing.total || sharing.total > kSharesMax)
    return Error(Code::kInvalidArgument,
                 std::to_string(sharing.needed) + " of " + std::to_string(sharing.total) +
                     " shares: at least 2 are needed, and there are at most " + std::to_string(kSharesMax));
  return {};
}

/// Whether they can belong together, by what they say of themselves.
Status check_together(std::span<const KeyShare> shares) {
  if (shares.empty()) return Error(Code::kInvalidArgument, "no shares");
  const KeyShare& first = shares.front();
  TB_CHECK(check_sharing(first.sharing));
  std::set<std::uint8_t> numbers;
  for (const KeyShare& share : shares) {
    if (share.id != first.id || share.sharing != first.sharing || share.digest != first.digest)
      return Error(Code::kInvalidArgument, "shares " + std::to_string(first.number) + " and " +
                                               std::to_string(share.number) +
                                               " were not made together: the key was split more than once");
    if (share.number == 0 || share.number > share.sharing.total || share.part.size() != kSharedKeySize)
      return Error(Code::kInvalidArgument, "there is no share " + std::to_string(share.number));
    if (!numbers.insert(share.number).second)
      return Error(Code::kInvalidArgument, "share " + std::to_string(share.number) + " was given twice");
  }
  if (shares.size() < first.sharing.needed)
    return Error(Code::kInvalidArgument, std::to_string(first.sharing.needed) + " shares are needed, and " +
                                             std::to_string(shares.size()) + " were given");
  return {};
}

}  // namespace

KeyDigest key_digest(const Secret& key) {
  const Sha256Digest digest = Sha256(kKeyDigestLabel).add(key.view()).finish();
  KeyDigest first;
  std::copy_n(digest.view().begin(), KeyDigest::kSize, first.mutable_view().begin());
  return first;
}

Result<std::vector<KeyShare>> split_key(const Secret& key, KeySharing sharing, Random& random) {
  if (key.size() != kSharedKeySize) return Error(Code::kInvalidArgument, "only keys of 32 bytes are split");
  TB_CHECK(check_sharing(sharing));
  const RandomInUse random_in_use(random);
  std::array<Byte, kSharesMax> numbers{};
  for (Byte number = 0; number < sharing.total; ++number) numbers[number] = Byte(number + 1);
  const Context context(gfshare_ctx_init_enc(numbers.data(), sharing.total, sharing.needed, kSharedKeySize));
  if (context == nullptr) throw std::bad_alloc();
  Wiped<kSharedKeySize> copy(key.view());
  gfshare_ctx_enc_setsecret(context.get(), copy.mutable_view().data());
  const auto id = random_id<SharingId>(random);
  std::vector<KeyShare> shares;
  for (Byte place = 0; place < sharing.total; ++place) {
    KeyShare share{sharing, numbers[place], id, key_digest(key), Secret(kSharedKeySize)};
    gfshare_ctx_enc_getshare(context.get(), place, share.part.mutable_view().data());
    shares.push_back(std::move(share));
  }
  return shares;
}

Result<Secret> join_key(std::span<const KeyShare> shares) {
  TB_CHECK(check_together(shares));
  Zeros zeros;
  const RandomInUse random_in_use(zeros);
  const auto count = static_cast<Byte>(shares.size());
  std::array<Byte, kSharesMax> numbers{};
  for (Byte place = 0; place < count; ++place) numbers[place] = shares[place].number;
  const Context context(gfshare_ctx_init_dec(numbers.data(), count, kSharedKeySize));
  if (context == nullptr) throw std::bad_alloc();
  for (Byte place = 0; place < count; ++place) {
    Wiped<kSharedKeySize> copy(shares[place].part.view());
    gfshare_ctx_dec_giveshare(context.get(), place, copy.mutable_view().data());
  }
  Secret key(kSharedKeySize);
  gfshare_ctx_dec_extract(context.get(), key.mutable_view().data());
  if (key_digest(key) != shares.front().digest)
    return Error(Code::kDamaged, "these shares give another key than the one that was split: one is false");
  return key;
}

}  // namespace thuisbasis
