// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/roster.h"

#include "core/circle/labelled.h"
#include "core/circle/labels.h"
#include "core/circle/sealed_field.h"
#include "core/verify/messages.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

Bytes metadata_context(const Sha256Digest& header_hash) {
  ByteWriter context = labelled(label::kMetadata);
  context.raw(header_hash.view());
  return context.take();
}

Bytes attributes_context(const Sha256Digest& header_hash, const DeviceId& device) {
  ByteWriter context = labelled(label::kSealedAttributes);
  context.raw(header_hash.view());
  context.raw(device.view());
  return context.take();
}

}  // namespace

Result<Bytes> seal_roster(const Roster& roster, const EpochKey& key, const Sha256Digest& header_hash,
                          Random& random) {
  membership::CircleMetadata message;
  message.set_dossier(field_of(roster.metadata.dossier.view()));
  message.set_dossier_salt(field_of(roster.metadata.dossier_salt.view()));
  message.set_circle_kind(roster.metadata.circle_kind);
  message.set_name(roster.metadata.name);
  if (roster.metadata.subject) message.set_subject(field_of(roster.metadata.subject->view()));
  for (const auto& [device, attributes] : roster.attributes) {
    membership::MemberAttributes& member = *message.add_members();
    member.set_device(field_of(device.view()));
    member.set_attributes(field_of(attributes));
  }
  return seal_padded(key.metadata_key(), encode_message(message), metadata_context(header_hash), random);
}

Result<Roster> open_roster(ByteView sealed, const EpochKey& key, const Sha256Digest& header_hash) {
  TB_TRY(const Bytes bytes, open_padded(key.metadata_key(), sealed, metadata_context(header_hash)));
  TB_TRY(const auto message,
         parse_message<membership::CircleMetadata>(bytes, kEntryBytesMax, "circle metadata"));
  Roster roster;
  TB_TRY(roster.metadata.dossier, fixed_field<DossierId>(message.dossier(), "circle's dossier"));
  TB_TRY(roster.metadata.dossier_salt, fixed_field<decltype(CircleMetadata::dossier_salt)>(
                                           message.dossier_salt(), "circle's dossier salt"));
  roster.metadata.circle_kind = message.circle_kind();
  roster.metadata.name = message.name();
  if (!message.subject().empty()) {
    TB_TRY(roster.metadata.subject, fixed_field<RecordId>(message.subject(), "circle's subject"));
  }
  for (const membership::MemberAttributes& member : message.members()) {
    TB_TRY(const auto device, fixed_field<DeviceId>(member.device(), "member's device"));
    roster.attributes[device] = to_bytes(as_bytes(member.attributes()));
  }
  return roster;
}

Result<Bytes> seal_attributes(ByteView attributes, const DeviceId& device, const EpochKey& key,
                              const Sha256Digest& header_hash, Random& random) {
  return seal_padded(key.attributes_key(), attributes, attributes_context(header_hash, device), random);
}

Result<Bytes> open_attributes(ByteView sealed, const DeviceId& device, const EpochKey& key,
                              const Sha256Digest& header_hash) {
  return open_padded(key.attributes_key(), sealed, attributes_context(header_hash, device));
}

}  // namespace thuisbasis
