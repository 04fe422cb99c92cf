// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/bundle_sealer.h"
#include "core/circle/circle_writer.h"
#include "core/circle/padding.h"
#include "core/pack/packed_changes.h"
#include "core/verify/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/town.h"
#include "thuisbasis/change.pb.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr Byte kFillAll = 1 | 2 | 8 | 16;  ///< see membership_log.cc

Bytes after(Byte mode, ByteView rest) {
  Bytes input{mode};
  append(input, rest);
  return input;
}

std::string entry_in(const NewEntry& entry) {
  membership::SignedEntry envelope;
  envelope.ParseFromArray(entry.signed_entry.data(), static_cast<int>(entry.signed_entry.size()));
  return envelope.entry();
}

void add_membership(std::vector<Seed>& seeds, Town& town) {
  const DeviceIdentity founder = town.device(1);
  const DeviceIdentity second = town.device(2);
  CircleMetadata metadata;
  metadata.circle_kind = "kern";
  MemberCircle circle(founder, town.roots());
  const auto entries =
      found_circle(founder, town.roots(), *CircleId::from(Bytes(16, 0x51)), metadata, kNow, town.random);
  for (const NewEntry& entry : *entries)
    expect(circle.apply(entry.signed_entry).has_value(), "it is founded");
  const auto admit = admit_device(
      circle,
      {second.signed_certificate(), second.attributes(), true, LegalBasis{RecordId(), Sha256Digest()}}, kNow,
      town.random);
  expect(circle.apply(admit->signed_entry).has_value(), "a device is admitted");
  const auto rotate = rotate_epoch(circle, {}, kNow, town.random);
  seeds.push_back({"membership_entry", "genesis", entries->front().signed_entry});
  seeds.push_back({"membership_entry", "rotate", rotate->signed_entry});
  seeds.push_back({"membership_entry", "wrap", rotate->archive_wrap});
  Bytes log{kFillAll};
  add_part(log, as_bytes(entry_in(*admit)));
  log.push_back(kFillAll | 4);
  add_part(log, as_bytes(entry_in(*rotate)));
  seeds.push_back({"membership_log", "admit_rotate", log});
  const CutOffs up_to_seven{{InstanceId(), {7, ChainValue()}}};
  const Removal removal{{{second.device(), up_to_seven}}, EpochReason::kDeviceLost};
  const auto removed = remove_devices(circle, removal, kNow, town.random);
  const auto extended = extend_cut_off(circle, second.device(), {{InstanceId(), {9, ChainValue()}}}, kNow);
  Bytes life{kFillAll};
  add_part(life, as_bytes(entry_in(*admit)));
  for (const NewEntry& entry : {*removed, *extended, *admit, *hand_over(circle, second.device(), kNow),
                                *leave_circle(circle, up_to_seven, kNow)}) {
    life.push_back(kFillAll | 32);
    add_part(life, as_bytes(entry_in(entry)));
  }
  seeds.push_back({"membership_entry", "remove", removed->signed_entry});
  seeds.push_back({"membership_log", "remove_extend_admit_leave", life});
  Bytes genesis{kFillAll};
  add_part(genesis, as_bytes(entry_in(entries->front())));
  seeds.push_back({"membership_log", "genesis_again", genesis});
}

void add_enrolment(std::vector<Seed>& seeds, Town& town) {
  const Invitation invitation = town.invitation();
  const std::string text = invitation_text(invitation);
  const Bytes packed = *from_base64url(std::string_view(text).substr(4));
  seeds.push_back({"invitation", "text", after(0, as_bytes(text))});
  seeds.push_back({"invitation", "message", after(1, ByteView(packed).first(packed.size() - 4))});
  const DeviceIdentity device = town.device(3);
  membership::SignedCertificate certificate;
  certificate.ParseFromString(to_string(device.signed_certificate()));
  seeds.push_back({"certificate", "whole", after(0, device.signed_certificate())});
  seeds.push_back({"certificate", "body", after(1, as_bytes(certificate.certificate()))});
  const auto pending = request_enrolment(invitation, "tablet", kNow, town.random);
  membership::EnrolmentRequest request;
  request.ParseFromArray(pending->request.data(), static_cast<int>(pending->request.size()));
  seeds.push_back({"enrolment", "request", after(0, pending->request)});
  membership::EnrolmentRequestBody body;
  body.ParseFromString(request.body());
  body.set_signing_key(field_of(signing_key(3).public_key().view()));
  seeds.push_back({"enrolment", "body", after(1, encode_message(body))});
  const Bytes answer =
      encode_enrolment_answer({to_bytes(device.signed_certificate()), to_bytes(device.attributes())});
  seeds.push_back({"enrolment", "answer", after(2, answer)});
  seeds.push_back({"enrolment", "answer_signed", after(3, answer)});
}

void add_bundles(std::vector<Seed>& seeds, Town& town) {
  const Author author{*DeviceId::from(Bytes(32, 0x41)), *InstanceId::from(Bytes(8, 0x42))};
  const EpochKey key =
      *EpochKey::from_secret(*CircleId::from(Bytes(16, 0x43)), 1, Secret::copy_of(Bytes(32, 0x44)));
  const Bytes content(30, 'x');
  const std::vector<FrozenChange> changes{{content, SaltSeed(), {}}, {{}, SaltSeed(), ChangeCommitment()}};
  SealRequest request;
  request.author = author;
  request.first = 5;
  request.changes = changes;
  request.signed_time = kNow;
  const auto sealed = BundleSealer(town.random).seal(request, key, signing_key(0x31));
  seeds.push_back({"bundle_envelope", "bundle", sealed->bundle});

  change::Change told;
  told.set_number(5);
  told.set_time(kNow << 16);
  change::RecordChange& record = *told.add_records();
  record.set_record(std::string(16, '\xe7'));
  record.set_kind(4);
  change::Operation& operation = *record.add_operations();
  operation.set_field(2);
  operation.set_rule(rules::REGISTER);
  operation.set_data("draft");
  const std::string first = told.SerializeAsString();
  told.set_number(6);
  operation.set_data("shared");
  const std::string second = told.SerializeAsString();
  const std::vector<CarriedChange> carried{{as_bytes(first), {}, {}},
                                           {as_bytes(second), {}, ChangeSalt()},
                                           {as_bytes("another"), {}, {}},
                                           {{}, ChangeCommitment(), {}}};
  const PackedChanges packed = pack_changes(5, carried);
  Bytes parts;
  add_part(parts, packed.outline);
  add_part(parts, packed.loose);
  append(parts, packed.texts);
  seeds.push_back({"packed_changes", "packed", after(0, after(4, parts))});

  change::BundlePayload payload;
  payload.set_salt_seed(std::string(16, 's'));
  payload.set_form(kPackForm);
  payload.set_outline(field_of(packed.outline));
  payload.set_loose(field_of(packed.loose));
  // zstd's frames: magic, one segment, the content's size, one raw block that is the last, of so many bytes
  const auto texts = static_cast<Byte>(packed.texts.size());
  ByteWriter frame;
  frame.raw(Bytes{0x28, 0xb5, 0x2f, 0xfd, 0x20, texts, static_cast<Byte>(texts << 3 | 1), 0, 0});
  frame.raw(packed.texts);
  payload.set_texts(field_of(frame.view()));
  payload.add_authors(std::string(40, 'a'));
  payload.add_seen(1);
  payload.add_seen(9);
  payload.set_state_digest(std::string(32, 'd'));
  const Bytes bytes = encode_message(payload);
  const auto of_four = [](Byte mode, ByteView content) { return after(mode, after(4, content)); };
  seeds.push_back({"bundle_content", "payload", of_four(0, bytes)});
  seeds.push_back({"bundle_content", "wrong_chain", of_four(4, bytes)});
  seeds.push_back({"bundle_content", "frame", after(1, after(1, frame.view()))});
  // a frame that says four gigabytes, in one repeated byte
  ByteWriter bomb;
  bomb.raw(Bytes{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03, 0x00});
  seeds.push_back({"bundle_content", "bomb", after(1, after(1, bomb.view()))});
  seeds.push_back({"bundle_content", "plaintext", of_four(2, pad(bytes))});
}

}  // namespace

void add_circle_seeds(std::vector<Seed>& seeds) {
  Town town;
  add_membership(seeds, town);
  add_enrolment(seeds, town);
  add_bundles(seeds, town);
}

}  // namespace thuisbasis::fuzzing
