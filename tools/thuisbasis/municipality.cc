// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/municipality.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "platform/files/files.h"
#include "platform/key_vault/passphrase_key_vault.h"
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

Result<std::string> member_text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string())
    return Error(Code::kMalformed, std::string("no '") + name + "'");
  return found->get<std::string>();
}

Result<Bytes> member_bytes(const nlohmann::json& object, const char* name) {
  TB_TRY(const std::string text, member_text(object, name));
  return from_base64url(text);
}

std::int64_t member_number(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

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

std::string book_line(const BookEntry& entry) {
  Row row;
  row.text("invitation", entry.invitation).number("made_at", entry.made_at);
  if (entry.serial != 0) {
    row.number("serial", entry.serial).number("redeemed_at", entry.redeemed_at);
    row.text("request_hash", entry.request_hash.text()).text("display_name", entry.display_name);
    row.text("answer", to_base64url(entry.answer));
  }
  return row.json() + "\n";
}

Result<BookEntry> parse_book_line(std::string_view line) {
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return Error(Code::kMalformed, "not a JSON object");
  BookEntry entry;
  TB_TRY(entry.invitation, member_text(object, "invitation"));
  entry.made_at = member_number(object, "made_at");
  entry.serial = static_cast<std::uint64_t>(member_number(object, "serial"));
  if (entry.serial == 0) return entry;
  entry.redeemed_at = member_number(object, "redeemed_at");
  TB_TRY(const std::string hash, member_text(object, "request_hash"));
  TB_TRY(entry.request_hash, Sha256Digest::parse(hash));
  TB_TRY(entry.display_name, member_text(object, "display_name"));
  TB_TRY(entry.answer, member_bytes(object, "answer"));
  return entry;
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

Result<std::vector<BookEntry>> MunicipalityFolder::book() const {
  std::vector<BookEntry> book;
  if (!file_exists(book_path(path_))) return book;
  TB_TRY(const Bytes bytes, read_file(book_path(path_), kBookBytesMax));
  std::string_view rest = as_text(bytes);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    auto entry = parse_book_line(rest.substr(0, end));
    if (!entry)
      return std::move(entry.error()).within(book_path(path_) + " line " + std::to_string(book.size() + 1));
    book.push_back(std::move(*entry));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return book;
}

Status MunicipalityFolder::keep(const std::vector<BookEntry>& book) const {
  std::string lines;
  for (const BookEntry& entry : book) lines += book_line(entry);
  return write_file(book_path(path_), as_bytes(lines));
}

}  // namespace thuisbasis
