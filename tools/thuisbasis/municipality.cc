// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/municipality.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "platform/files/files.h"
#include "platform/key_vault/passphrase_key_vault.h"
#include "tools/thuisbasis/json_member.h"
#include "tools/thuisbasis/row.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kProfileBytesMax = 64 * 1024;
constexpr std::size_t kBookBytesMax = std::size_t{64} << 20;
constexpr std::size_t kWrappedKeyBytesMax = 4096;

std::string profile_path(const std::string& folder) { return folder + "/municipality.json"; }
std::string registrar_path(const std::string& folder) { return folder + "/registrar.wrap"; }
std::string archive_path(const std::string& folder) { return folder + "/archive.wrap"; }
std::string book_path(const std::string& folder) { return folder + "/invitations.jsonl"; }

Result<MunicipalityProfile> parse_profile(ByteView bytes) {
  const auto object = nlohmann::json::parse(as_text(bytes), nullptr, false);
  if (!object.is_object()) return Error(Code::kMalformed, "municipality.json is no JSON object");
  MunicipalityProfile profile;
  TB_TRY(profile.name, member_text(object, "name"));
  TB_TRY(const Bytes registrar, member_bytes(object, "registrar_key"));
  TB_TRY(profile.registrar_key, VerifyKey::parse(registrar));
  TB_TRY(const Bytes archive, member_bytes(object, "archive_key"));
  TB_TRY(profile.archive_key, AgreementKey::parse(archive));
  return profile;
}

}  // namespace

Status MunicipalityFolder::create(const std::string& path, const std::string& name, Secret passphrase,
                                  WallMs now, Random& random) {
  if (file_exists(profile_path(path))) return Error(Code::kAlreadyExists, "a municipality in " + path);
  TB_CHECK(make_private_folder(path));
  const SigningKey registrar = SigningKey::generate(random);
  const AgreementPrivateKey archive = AgreementPrivateKey::generate(random);
  PassphraseKeyVault keys(std::move(passphrase), random);
  TB_TRY(const Bytes wrapped_registrar, keys.wrap(registrar.seed()));
  TB_TRY(const Bytes wrapped_archive, keys.wrap(archive.bytes()));
  TB_CHECK(write_file(registrar_path(path), wrapped_registrar));
  TB_CHECK(write_file(archive_path(path), wrapped_archive));
  Row profile;
  profile.text("name", name).text("registrar_key", to_base64url(registrar.public_key().view()));
  profile.text("archive_key", to_base64url(archive.public_key().view())).number("made_at", now);
  // The profile comes last: where it is, everything is.
  return write_new_file(profile_path(path), as_bytes(profile.json() + "\n"));
}

Result<MunicipalityFolder> MunicipalityFolder::open(const std::string& path) {
  if (!file_exists(profile_path(path))) return Error(Code::kNotFound, "no municipality in " + path);
  const int lock = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  MunicipalityFolder folder(path, {}, lock);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) return Error(Code::kLocked, path);
  TB_TRY(const Bytes bytes, read_file(profile_path(path), kProfileBytesMax));
  TB_TRY(folder.profile_, parse_profile(bytes));
  return folder;
}

MunicipalityFolder::MunicipalityFolder(std::string path, MunicipalityProfile profile, int lock)
    : path_(std::move(path)), profile_(std::move(profile)), lock_(lock) {}

MunicipalityFolder::MunicipalityFolder(MunicipalityFolder&& other) noexcept
    : path_(std::move(other.path_)),
      profile_(std::move(other.profile_)),
      lock_(std::exchange(other.lock_, -1)) {}

MunicipalityFolder::~MunicipalityFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<SigningKey> MunicipalityFolder::registrar(Secret passphrase, Random& random) const {
  TB_TRY(const Bytes blob, read_file(registrar_path(path_), kWrappedKeyBytesMax));
  TB_TRY(Secret seed, PassphraseKeyVault(std::move(passphrase), random).unwrap(blob));
  TB_TRY(SigningKey key, SigningKey::from_seed(std::move(seed)));
  if (!(key.public_key() == profile_.registrar_key))
    return Error(Code::kDamaged, "registrar.wrap holds another key than municipality.json names");
  return key;
}

Result<AgreementPrivateKey> MunicipalityFolder::archive(Secret passphrase, Random& random) const {
  if (!file_exists(archive_path(path_)))
    return Error(Code::kNotFound, "the archive key in " + path_ + ": only its shares have it");
  TB_TRY(const Bytes blob, read_file(archive_path(path_), kWrappedKeyBytesMax));
  TB_TRY(Secret bytes, PassphraseKeyVault(std::move(passphrase), random).unwrap(blob));
  TB_TRY(AgreementPrivateKey key, AgreementPrivateKey::from_bytes(std::move(bytes)));
  if (!(key.public_key() == profile_.archive_key))
    return Error(Code::kDamaged, "archive.wrap holds another key than municipality.json names");
  return key;
}

Status MunicipalityFolder::forget_archive() const { return remove_file(archive_path(path_)); }

Result<InvitationBook> MunicipalityFolder::book() const {
  if (!file_exists(book_path(path_))) return InvitationBook();
  TB_TRY(const Bytes bytes, read_file(book_path(path_), kBookBytesMax));
  auto book = parse_book(as_text(bytes));
  if (!book) return std::move(book.error()).within(book_path(path_));
  return book;
}

Status MunicipalityFolder::keep(const InvitationBook& book) const {
  return write_file(book_path(path_), as_bytes(book_text(book)));
}

}  // namespace thuisbasis
