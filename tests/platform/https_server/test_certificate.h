// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

namespace thuisbasis::testing {

struct CertificateOptions {
  std::string name = "localhost";
  long valid_from_s = -3600;  ///< relative to now
  long valid_until_s = 3600;
};

/// A fresh self-signed P-256 certificate and its key as PEM files in a folder of their own, removed at the
/// end.
class TestCertificate final {
 public:
  explicit TestCertificate(const CertificateOptions& options = {});
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  /// Writes another certificate and key into the same files.
  void replace(const CertificateOptions& options = {});
  std::string certificate_file() const { return folder_ + "/certificate.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }
  std::string folder() const { return folder_; }

 private:
  std::string folder_;
};

}  // namespace thuisbasis::testing
