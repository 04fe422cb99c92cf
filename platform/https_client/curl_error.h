// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/result.h"

namespace thuisbasis {

/// What libcurl tells of an exchange that brought no answer.
struct CurlFailure {
  int result = 0;              ///< CURLcode
  long proxy_status = 0;       ///< of a proxy's answer to CONNECT
  long certificate_check = 0;  ///< OpenSSL's X509_V_ERR_...
  std::string detail;          ///< libcurl's own words
};

/// The Error for it, with the host and what to do.
Error error_of_curl(const CurlFailure& failure, const std::string& host);

}  // namespace thuisbasis
