// SPDX-License-Identifier: EUPL-1.2
#include "tests/platform/https_server/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "core/base/assert.h"

namespace thuisbasis::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  TB_ASSERT(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate::TestCertificate(const CertificateOptions& options) {
  std::string folder = (std::filesystem::temp_directory_path() / "tb-certificate-XXXXXX").string();
  TB_ASSERT(::mkdtemp(folder.data()) != nullptr);
  folder_ = folder;
  replace(options);
}

TestCertificate::~TestCertificate() { std::filesystem::remove_all(folder_); }

void TestCertificate::replace(const CertificateOptions& options) {
  static long serial = 0;
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  X509* raw = certificate.get();
  X509_set_version(raw, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(raw), options.valid_until_s);
  X509_set_pubkey(raw, key.get());
  X509_NAME* name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(options.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(raw, name);
  add_extension(raw, NID_subject_alt_name, "DNS:" + options.name);
  add_extension(raw, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(raw, key.get(), EVP_sha256());
  const File certificate_out(std::fopen(certificate_file().c_str(), "w"), &std::fclose);
  TB_ASSERT(PEM_write_X509(certificate_out.get(), raw) == 1);
  const File key_out(std::fopen(key_file().c_str(), "w"), &std::fclose);
  TB_ASSERT(PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace thuisbasis::testing
