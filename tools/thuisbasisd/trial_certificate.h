// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/bytes.h"

namespace thuisbasis::daemon {

/// A TLS key and a certificate for it that signs itself, in PEM: for trials and tests. Clients must be told
/// to trust exactly this certificate.
struct TrialCertificate {
  Bytes certificate;
  Bytes key;
};
/// For a host name or a numeric address, valid from an hour ago for `days`. kInvalidArgument for a host that
/// cannot stand in a certificate.
Result<TrialCertificate> make_trial_certificate(const std::string& host, int days = 397);

}  // namespace thuisbasis::daemon
