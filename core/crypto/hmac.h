// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <initializer_list>
#include <memory>

#include "core/crypto/secret.h"

struct evp_mac_ctx_st;

namespace thuisbasis {

inline constexpr std::size_t kHmacSize = 32;

/// HMAC-SHA256 (RFC 2104) over bytes that come in pieces; may be used for many messages under one key. For
/// this room: others take hmac_sha256(). One thread at a time.
class Hmac final {
 public:
  /// Any length of key, none included.
  explicit Hmac(ByteView key);

  Hmac& add(ByteView bytes);
  /// Writes the 32 bytes and is ready for the next message.
  void finish(MutableByteView out);

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

/// HKDF-Extract (RFC 5869) of the parts put together, into 32 bytes.
void hkdf_extract_into(MutableByteView out, ByteView salt, std::initializer_list<ByteView> key_parts);
/// HKDF-Expand of the info's parts put together. At most 255 * 32 bytes.
void hkdf_expand_into(MutableByteView out, ByteView key, std::initializer_list<ByteView> info_parts);

}  // namespace thuisbasis
