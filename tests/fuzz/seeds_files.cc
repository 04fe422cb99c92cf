// SPDX-License-Identifier: EUPL-1.2
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/town.h"
#include "tools/thuisbasisd/config.h"

namespace thuisbasis::fuzzing {
namespace {

using namespace std::string_literals;

void add_edit(ByteWriter& input, Byte what, std::uint32_t offset, ByteView part) {
  input.u8(what);
  input.u32(offset);
  Bytes bytes;
  add_part(bytes, part);
  input.raw(bytes);
}

/// See damaged_files.h for what an edit is.
void add_database(std::vector<Seed>& seeds) {
  const auto add = [&](const char* name, Byte with_key, Byte what, std::uint32_t offset, ByteView part) {
    ByteWriter input;
    input.u8(with_key);
    add_edit(input, what, offset, part);
    const Bytes bytes = input.take();
    for (const char* target : {"database_file", "damaged_vault"}) seeds.push_back({target, name, bytes});
  };
  add("byte_of_a_page", 0, 0, 5000, Bytes{1});
  add("byte_of_the_wal", 0, 1, 4200, Bytes{1});
  add("cut_wal", 0, 3, 9000, {});
  add("page_moved", 0, 4, 0, Bytes{0, 1, 0});
  add("frame_replayed", 0, 5, 4152, Bytes{1, 0, 0});
  add("other_file", 0, 6, 0, as_bytes("SQLite format 3"));
  add("forged_cell", 1, 0, 4096 + 8, Bytes{0xff, 0xff});
  add("forged_schema", 1, 0, 100, Bytes{13, 0, 0, 0, 9});
}

void add_key(std::vector<Seed>& seeds) {
  ByteWriter blob;  // asks for less work than the floor
  blob.raw(as_bytes("TBK1"));
  blob.u16(1);
  blob.u32(1);
  blob.u64(1 << 20);
  blob.raw(Bytes(16 + 24 + 32 + 16, 7));
  seeds.push_back({"wrapped_key", "too_cheap", blob.take()});
}

/// A family with a note, a goal and an action, and what happened to them.
void add_import(std::vector<Seed>& seeds) {
  const std::string family =
      R"("familyId":"AAAAAAAAAAAAAAAAAAAAAQ","v":{"familyId":"AAAAAAAAAAAAAAAAAAAAAQ",)";
  const auto line = [&](const char* op, const char* kind, const char* id, const char* values) {
    return R"({"t":1000,"op":")" + std::string(op) + R"(","kind":")" + kind +
           R"(","id":"AAAAAAAAAAAAAAAAAAAAA)" + id + "\"," + family + values + "}}\n";
  };
  const std::string put_family = line("put", "family", "Q", R"("caseNo":"TB-1","name":"Gezin Rietkamp")");
  const std::string put_goal =
      line("put", "goal", "g", R"("domain":"stability","title":"Op tijd","status":"open","score":4)");
  const std::string pause_goal = line("set", "goal", "g", R"("status":"paused","score":6,"updatedAt":3000)");
  const std::string put_note =
      line("put", "note", "w", R"("visitAt":3500,"mood":[3,{"a":null}],"body":"\u00eb")");
  const std::string put_action = line("put", "action", "A", R"("title":"Bellen","due":8000,"done":1)");
  const auto add = [&](const char* target, const char* name, const std::string& text) {
    seeds.push_back({target, name, to_bytes(as_bytes(text))});
  };
  add("import_line", "family", put_family);
  add("import_line", "goal", put_goal);
  add("import_line", "goal_edited", pause_goal);
  add("import_line", "note", put_note);
  add("import_line", "action", put_action);
  add("import_line", "deep", R"({"op":"put","v":)" + std::string(40, '[') + std::string(40, ']') + "}");
  add("import_file", "caseload", put_family + put_goal + pause_goal + put_note + put_action);
  add("import_file", "other_line_ends", "\r\n" + put_family + "\r\nno json\n{\"op\":\"fly\"}");
  add("import_file", "gzipped_hello",
      "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\0\x20\x30\x3a\x36\x06\0\0\0"s);

  const auto record = [](const char* kind, const char* values, const char* more) {
    return R"({"op":"record","circle":1,"kind":)" + std::string(kind) +
           R"(,"id":"AAAAAAAAAAAAAAAAAAAAAQ","v":{)" + values + "}" + more + "}";
  };
  add("exported_record", "person", record(R"("Person")", R"("display_name":"Noor","labels":["a","b"])", ""));
  add("exported_record", "conflict",
      record(R"("Goal")", R"("title":"Op tijd")", R"(,"conflicts":{"title":["Op tijd",null,"Te laat"]})"));
  add("exported_record", "origin",
      record(R"("Goal")", "",
             R"(,"origin":{"circle":"AAAAAAAAAAAAAAAAAAAAAQ","record":"AAAAAAAAAAAAAAAAAAAAAg"})"));
  add("exported_record", "unknown",
      record("77", "",
             R"(,"unknown":[{"field":1,"rule":1,"text":"x"},{"field":2,"rule":3,"bytes":"AAAA"},)"
             R"({"field":2,"rule":3,"fixed32":7},{"field":9,"rule":2,"varint":3}])"));
}

}  // namespace

void add_file_seeds(std::vector<Seed>& seeds) {
  add_database(seeds);
  add_key(seeds);
  add_import(seeds);
  daemon::ConfigTemplate values;
  values.data_dir = "/var/lib/thuisbasisd";
  values.registrar_key = to_base64url(signing_key(0x11).public_key().view());
  values.tls_certificate = "/etc/thuisbasisd/tls.crt";
  values.tls_key = "/etc/thuisbasisd/tls.key";
  seeds.push_back({"relay_config", "template", to_bytes(as_bytes(daemon::config_text(values)))});
}

}  // namespace thuisbasis::fuzzing
