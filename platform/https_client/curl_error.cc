// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_client/curl_error.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

namespace thuisbasis {
namespace {

Error certificate_error(const CurlFailure& failure, const std::string& host) {
  const std::string who = "certificate of " + host;
  if (failure.certificate_check == X509_V_ERR_CERT_NOT_YET_VALID)
    return Error(Code::kClock, who + " is not valid yet: set this device's date and time");
  if (failure.certificate_check == X509_V_ERR_CERT_HAS_EXPIRED)
    return Error(Code::kTlsUntrusted,
                 who + " has expired: check this device's date, or tell the relay's operator");
  return Error(Code::kTlsUntrusted,
               who + " is not trusted (" + failure.detail +
                   "): check the relay's address and the CA file; on a guest network something may "
                   "stand in between");
}

}  // namespace

Error error_of_curl(const CurlFailure& failure, const std::string& host) {
  switch (failure.result) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return certificate_error(failure, host);
    case CURLE_SSL_CACERT_BADFILE:
      return Error(Code::kTlsUntrusted,
                   "the CA file cannot be used (" + failure.detail + "): give a PEM file");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Error(Code::kUnreachable, "the proxy for " + host + " is not known: check https_proxy");
    case CURLE_COULDNT_RESOLVE_HOST:
      return Error(Code::kUnreachable,
                   "the name " + host + " is not known here: check the network and the address");
    case CURLE_OUT_OF_MEMORY:
      return Error(Code::kInternal, "no memory for the exchange with " + host);
    default:
      break;
  }
  if (failure.proxy_status == 407 || failure.proxy_status == 511)
    return Error(Code::kCaptivePortal, "the proxy before " + host +
                                           " asks for a sign-in: open a browser and sign in to the network");
  return Error(Code::kUnreachable,
               host + " cannot be reached (" + failure.detail + "): try again with a network");
}

}  // namespace thuisbasis
