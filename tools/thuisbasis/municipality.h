// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tools/thuisbasis/invitation_book.h"

namespace thuisbasis {

/// What everyone may know of a municipality.
struct MunicipalityProfile {
  std::string name;
  VerifyKey registrar_key;
  AgreementKey archive_key;
};

/// The folder in which a municipality keeps its registrar key, its archive key and its book of invitations.
/// Away from the server. One process at a time has it locked.
class MunicipalityFolder final {
 public:
  /// Makes the keys, wrapped under the passphrase. kAlreadyExists.
  static Status create(const std::string& path, const std::string& name, Secret passphrase, WallMs now,
                       Random& random);
  /// kNotFound where there is none, kLocked while another process works in it.
  static Result<MunicipalityFolder> open(const std::string& path);
  MunicipalityFolder(MunicipalityFolder&& other) noexcept;
  MunicipalityFolder& operator=(MunicipalityFolder&&) = delete;
  ~MunicipalityFolder();

  const MunicipalityProfile& profile() const { return profile_; }
  Result<SigningKey> registrar(Secret passphrase, Random& random) const;
  /// kNotFound once only its shares have it.
  Result<AgreementPrivateKey> archive(Secret passphrase, Random& random) const;
  /// Destroys the folder's copy of the archive key: from then on only its shares have it.
  Status forget_archive() const;
  Result<InvitationBook> book() const;
  Status keep(const InvitationBook& book) const;

 private:
  MunicipalityFolder(std::string path, MunicipalityProfile profile, int lock);
  std::string path_;
  MunicipalityProfile profile_;
  int lock_;
};

}  // namespace thuisbasis
