// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace thuisbasis {
namespace {

constexpr std::array<unsigned char, 9> kAlpn{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::size_t kTicketKeyBytesMax = 256;

Error openssl_error(Code code, const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return Error(code, what + ": " + text.data());
}

/// HTTP/1.1 or no connection at all, so that bytes meant for another protocol are never read as ours.
int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kAlpn.data(), kAlpn.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void hand_on_ticket_keys(SSL_CTX* from, SSL_CTX* to) {
  std::array<unsigned char, kTicketKeyBytesMax> keys{};
  const long size = SSL_CTX_get_tlsext_ticket_keys(from, nullptr, 0);
  if (size <= 0 || static_cast<std::size_t>(size) > keys.size()) return;
  if (SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), size) == 1)
    SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), size);
  OPENSSL_cleanse(keys.data(), keys.size());
}

}  // namespace

void FreeTlsContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext share_tls_context(ssl_ctx_st* context) {
  if (context != nullptr) SSL_CTX_up_ref(context);
  return TlsContext(context);
}

Result<TlsContext> make_tls_context(const TlsFiles& files, bool allow_tls_1_2, ssl_ctx_st* before) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return openssl_error(Code::kInternal, "TLS context");
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, allow_tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
  if (SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return openssl_error(Code::kInternal, "TLS 1.2 suites");
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(
      raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);  // a record in one read, not its five bytes of length first
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_max_early_data(raw, 0);
  SSL_CTX_set_alpn_select_cb(raw, select_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate_file.c_str()) != 1)
    return openssl_error(Code::kIo, "TLS certificate " + files.certificate_file);
  if (SSL_CTX_use_PrivateKey_file(raw, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return openssl_error(Code::kBadKey, "TLS key " + files.key_file);
  if (SSL_CTX_check_private_key(raw) != 1)
    return openssl_error(Code::kBadKey, files.key_file + " is not the key of " + files.certificate_file);
  if (before != nullptr) hand_on_ticket_keys(before, raw);
  return context;
}

}  // namespace thuisbasis
