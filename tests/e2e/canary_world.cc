// SPDX-License-Identifier: EUPL-1.2
#include "tests/e2e/canary_world.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/schema/record_codec.h"
#include "platform/files/files.h"
#include "platform/key_vault/passphrase_key_vault.h"

namespace thuisbasis::e2e {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;
constexpr int kUnknownField = 100'001;
constexpr std::uint32_t kVisitNote = 5;
constexpr std::uint32_t kGoal = 6;
constexpr std::uint32_t kOrganisation = 9;
constexpr const char* kLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

std::string text_of(const HttpHeaders& headers) {
  std::string text;
  for (const auto& field : headers.fields()) text += field.name + ": " + field.value + "\r\n";
  return text;
}

Bytes whole(const std::string& head, ByteView body) {
  Bytes all = to_bytes(as_bytes(head));
  append(all, body);
  return all;
}

}  // namespace

CanaryWorld::CanaryWorld() {
  std::filesystem::create_directories(root_ / "tmp");
  ::setenv("TMPDIR", (root_ / "tmp").c_str(), 1);  // whatever writes temporary files is searched too
}

std::string CanaryWorld::text_canary(const std::string& name) {
  FixedBytes<struct DrawTag, 22> drawn;
  random_.fill(drawn.mutable_view());
  std::string text = "Q";
  for (const Byte byte : drawn.view()) text += kLetters[byte % 56];
  scanner_.plant_text(name, text);
  contents_.insert(name);
  return text;
}

template <typename Id>
Id CanaryWorld::id_canary(const std::string& name) {
  const Id id = random_id<Id>(random_);
  scanner_.plant_bytes(name, id.view());
  contents_.insert(name);
  return id;
}

void CanaryWorld::enrol(Member& member, const std::string& name) {
  std::filesystem::create_directories(member.folder);
  const std::string passphrase = text_canary("passphrase of " + name);
  contents_.erase("passphrase of " + name);  // it is kept nowhere at all, sealed or not
  Secret key(32);
  random_.fill(key.mutable_view());
  scanner_.plant_bytes("database key of " + name, key.view());
  PassphraseKeyVault key_vault(Secret::copy_of(as_bytes(passphrase)), random_);
  ASSERT_TRUE(write_file(member.folder + "/key.wrap", key_vault.wrap(key).value()));
  auto vault = Vault::create(member.folder + "/vault.db", Secret::copy_of(key.view()), {clock_, random_});
  ASSERT_TRUE(vault) << vault.error().message();
  member.vault = std::move(*vault);
  const std::string invitation =
      municipality_.invite(text_canary("organisation of " + name), text_canary("role of " + name));
  const auto start = member.vault->begin_enrolment(invitation, text_canary("display name of " + name));
  ASSERT_TRUE(start) << start.error().message();
  member.answer = municipality_.certify(start->request);
  ASSERT_TRUE(member.vault->complete_enrolment(member.answer));
}

void CanaryWorld::fill(Message& message, const std::string& name) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    for (int element = 0; element < (field->is_repeated() ? 2 : 1); ++element) {
      const std::string canary = name + "." + field->name() + (element == 0 ? "" : "[1]");
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING: {
          const std::string value = field->type() == FieldDescriptor::TYPE_BYTES
                                        ? to_string(id_canary<RecordId>(canary).view())
                                        : text_canary(canary);
          if (field->is_repeated())
            reflection.AddString(&message, field, value);
          else
            reflection.SetString(&message, field, value);
          break;
        }
        case FieldDescriptor::CPPTYPE_INT64: {
          std::int64_t value = 0;
          random_.fill({reinterpret_cast<Byte*>(&value), sizeof value});
          value = (value & INT64_MAX) | (std::int64_t{1} << 62);
          scanner_.plant_number(canary, value);
          contents_.insert(canary);
          numbers_.insert(canary);
          reflection.SetInt64(&message, field, value);
          break;
        }
        case FieldDescriptor::CPPTYPE_INT32: {
          std::uint32_t drawn = 0;
          random_.fill({reinterpret_cast<Byte*>(&drawn), sizeof drawn});
          const auto value = -static_cast<std::int32_t>(drawn % 1'000'000'000U + 1'000'000'000U);
          scanner_.plant_number(canary, value);
          contents_.insert(canary);
          numbers_.insert(canary);
          reflection.SetInt32(&message, field, value);
          break;
        }
        case FieldDescriptor::CPPTYPE_ENUM:  // too narrow to be sought
          reflection.SetEnumValue(&message, field, 1);
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          reflection.SetBool(&message, field, true);
          break;
        default:
          ADD_FAILURE() << "no canary for the type of " << field->full_name();
      }
    }
  }
}

RecordId CanaryWorld::put_full_record(Member& member, const KindSchema& kind, const CircleId& circle,
                                      const std::string& name) {
  const RecordId id = id_canary<RecordId>("id of " + name);
  const auto record = member.vault->prepare(kind.number, circle, id);
  EXPECT_TRUE(record) << record.error().message();
  const auto message = to_message(record->base(), kind);
  fill(*message, name);
  RecordEdit edit(record->base(),
                  kind.append_only ? RecordEdit::Mode::kAppendOnly : RecordEdit::Mode::kCreate);
  EXPECT_TRUE(diff(kind, *message, edit)) << kind.name;
  // And a field of a later version, which only the generic form knows.
  const std::string unknown = text_canary(name + ".unknown");
  EXPECT_TRUE(
      edit.set(kUnknownField, kind.append_only ? Rule::kOnce : Rule::kRegister, FieldValue::text(unknown)));
  std::vector<RecordChange> changes;
  changes.push_back(std::move(edit).take());
  const auto saved = member.vault->write(circle, std::move(changes));
  EXPECT_TRUE(saved) << kind.name << ": " << saved.error().message();
  return id;
}

void CanaryWorld::edit(Member& member, const RecordId& id, std::uint32_t kind, const std::string& field,
                       const std::string& name) {
  const auto record = member.vault->get(kind, id);
  ASSERT_TRUE(record) << record.error().message();
  const auto saved = member.vault->assign(*record, {field + "=" + text_canary(name)});
  ASSERT_TRUE(saved) << saved.error().message();
}

void CanaryWorld::listen(TransportExchange& exchange) {
  exchange.on_request = [this](const HttpRequest& request) {
    gathered_.push_back(
        {"http request",
         whole(request.method + " " + request.target + "\r\n" + text_of(request.headers), request.body)});
  };
  exchange.on_response = [this](const Result<HttpResponse>& response) {
    if (!response) return;
    const std::string head = std::to_string(response->status) + "\r\n" + text_of(response->headers);
    gathered_.push_back({"http answer", whole(head, response->body)});
  };
}

void CanaryWorld::sync(Member& member, bool hold) {
  TransportExchange exchange(relay_.url(), relay_.ca_file());
  listen(exchange);
  SyncSession session(member.vault->sync(), exchange, clock_, random_);
  RoundReport report;
  SyncRound::Options options;
  options.hold = hold;
  const Status done = session.run(options, report);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(report.refused, 0U);
}

void CanaryWorld::gather_files(const std::string& when) {
  // By another process: closing a file of ours would drop SQLite's locks on it.
  const std::string copy = root_ / ("copy-" + when);
  std::filesystem::create_directories(copy);
  ASSERT_EQ(run({.program = "/bin/cp",
                 .arguments = {"-a", relay_.folder(), tablet_.folder, laptop_.folder, root_ / "tmp", copy},
                 .environment = {},
                 .output = root_ / "cp.log"}),
            0)
      << content_of(root_ / "cp.log");
  for (const auto& file : std::filesystem::recursive_directory_iterator(copy)) {
    if (!file.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(file.path(), copy);
    const std::string place = name.rfind("relay/", 0) == 0 ? "relay file " : "vault file ";
    gathered_.push_back({place + name + " " + when, read_file(file.path(), kFileBytesMax).value()});
  }
}

void CanaryWorld::gather_metrics() {
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    const std::string answer = relay_.get(path);
    EXPECT_EQ(answer.rfind("HTTP/1.1 200", 0), 0U) << path;
    gathered_.push_back({std::string("metrics ") + path, to_bytes(as_bytes(answer))});
  }
}

void CanaryWorld::live() {
  relay_.start();
  enrol(tablet_, "tablet");
  enrol(laptop_, "laptop");
  const auto circle =
      tablet_.vault->create_circle({id_canary<DossierId>("dossier"), "kern", text_canary("circle name"),
                                    id_canary<RecordId>("circle subject")});
  ASSERT_TRUE(circle) << circle.error().message();
  const auto school = tablet_.vault->create_circle(
      {id_canary<DossierId>("second dossier"), "school", text_canary("second circle name"), {}});
  ASSERT_TRUE(school) << school.error().message();
  RecordId goal, note;
  for (const KindSchema& kind : Schema::builtin().kinds()) {
    const RecordId id = put_full_record(tablet_, kind, *circle, kind.name);
    if (kind.name == "Goal") goal = id;
    if (kind.name == "VisitNote") note = id;
  }
  gather_files("before the first sync");
  // A membership entry names its legal basis by the record's id, in clear: that one id is no secret.
  const Record basis = tablet_.vault->prepare(kOrganisation, *circle).value();
  ASSERT_TRUE(tablet_.vault->assign(basis, {"name=" + text_canary("legal basis")}));
  ASSERT_TRUE(tablet_.vault->admit(*circle, laptop_.answer, basis.id()));
  ASSERT_TRUE(tablet_.vault->admit(*school, laptop_.answer, {}));
  ASSERT_TRUE(tablet_.vault->share(tablet_.vault->get(kGoal, goal).value(), *school));
  sync(tablet_);
  sync(laptop_);
  edit(tablet_, goal, kGoal, "why", "why of the tablet");
  edit(laptop_, goal, kGoal, "why", "why of the laptop");
  edit(laptop_, note, kVisitNote, "body", "second body");
  sync(laptop_);
  sync(tablet_, true);  // the relay holds news already
  sync(laptop_);
  EXPECT_EQ(tablet_.vault->conflicts().value().size(), 1U);
  EXPECT_EQ(tablet_.vault->digest(*circle).value(), laptop_.vault->digest(*circle).value());
  EXPECT_TRUE(tablet_.vault->search(text_canary("a search")).has_value());
  EXPECT_TRUE(tablet_.vault->query("SELECT body FROM visit_note").has_value());
  ASSERT_TRUE(laptop_.vault->erase(laptop_.vault->get(kVisitNote, note).value()));
  sync(laptop_);
  sync(tablet_);
  contents_.erase("a search");
  gather_metrics();
  EXPECT_EQ(run({.program = TB_BIN_DIR "/thuisbasisd",
                 .arguments = {"backup", "--config", relay_.folder() + "/relay.toml",
                               relay_.folder() + "/backup.db"},
                 .environment = {},
                 .output = relay_.folder() + "/backup.log"}),
            0);
  gather_files("while open");
  tablet_.vault.reset();
  laptop_.vault.reset();
  EXPECT_EQ(relay_.stop(), 0) << relay_.log();
  gather_files("when closed");
}

std::set<Sighting> CanaryWorld::sightings() const {
  std::set<Sighting> all;
  for (const Evidence& evidence : gathered_) all.merge(scanner_.scan(evidence.bytes, evidence.place));
  return all;
}

std::size_t CanaryWorld::bytes_gathered() const {
  std::size_t sum = 0;
  for (const Evidence& evidence : gathered_) sum += evidence.bytes.size();
  return sum;
}

}  // namespace thuisbasis::e2e
