// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/base/result.h"
#include "platform/https_server/https_server.h"

struct ssl_ctx_st;

namespace thuisbasis {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// Another owner of the same context; null for null.
TlsContext share_tls_context(ssl_ctx_st* context);

/// A server's context: TLS 1.3 (1.2 with AEAD suites where allowed), stateless tickets, no early data, no
/// compression, no renegotiation. `before` hands on its ticket keys, so that clients can resume after a
/// reload; may be null.
Result<TlsContext> make_tls_context(const TlsFiles& files, bool allow_tls_1_2, ssl_ctx_st* before);

}  // namespace thuisbasis
