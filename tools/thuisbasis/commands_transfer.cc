// SPDX-License-Identifier: EUPL-1.2
// thuisbasis import, export.
#include "platform/files/files.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/export_format.h"
#include "tools/thuisbasis/progress.h"
#include "tools/transfer/caseload_import.h"
#include "tools/transfer/export_import.h"
#include "tools/transfer/line_op.h"
#include "tools/transfer/line_reader.h"

namespace thuisbasis {
namespace {

constexpr std::uint64_t kLinesPerTransaction = 500;

/// Feeds lines to whichever format they are of, in transactions of many lines.
class Import final {
 public:
  Import(Vault& vault, Random& random)
      : vault_(vault), caseload_(vault, random, counts_), exported_(vault, counts_) {}

  Status take(const std::string& line) {
    if (!batch_) {
      TB_TRY(Vault::Batch batch, vault_.begin());
      batch_.emplace(std::move(batch));
    }
    TB_CHECK(take_one(line));
    ++counts_.lines;
    if (counts_.lines - kept_ >= kLinesPerTransaction) return commit();
    return {};
  }

  Status commit() {
    if (!batch_) return {};
    TB_CHECK(batch_->commit());
    batch_.reset();
    kept_ = counts_.lines;
    return {};
  }

  const ImportCounts& counts() const { return counts_; }
  std::uint64_t kept() const { return kept_; }  ///< lines whose work is on the disk

 private:
  Status take_one(const std::string& line) {
    TB_TRY(const std::string op, line_op(line));
    if (is_caseload_op(op)) {
      TB_TRY(const CaseloadLine read, read_caseload_line(line));
      return caseload_.take(read);
    }
    if (ExportImport::reads(op)) return exported_.take(line);
    return Error(Code::kMalformed, "unknown op '" + op + "'");
  }

  Vault& vault_;
  ImportCounts counts_;
  CaseloadImport caseload_;
  ExportImport exported_;
  std::optional<Vault::Batch> batch_;
  std::uint64_t kept_ = 0;
};

Result<LineReader> reader_of(const Context& context, const std::string& file) {
  if (file != "-") return LineReader::open(context.console.path(file));
  TB_TRY(Bytes text, context.console.input());
  return LineReader::over(std::move(text));
}

Status read_all(LineReader& reader, Import& import, Progress& progress) {
  for (;;) {
    TB_TRY(const auto line, reader.next());
    if (!line) return import.commit();
    if (!line->empty()) TB_CHECK(import.take(*line));
    progress.show(reader.fraction_read());
  }
}

Row counts_row(const ImportCounts& counts) {
  Row row;
  row.number("lines", counts.lines).number("written", counts.written).number("known", counts.known);
  row.texts("kept_as_they_are", {counts.homeless.begin(), counts.homeless.end()});
  return row;
}

void tell(const Context& context, const ImportCounts& counts) {
  std::string lines = context.say(
      Text::kImported,
      {std::to_string(counts.lines), std::to_string(counts.written), std::to_string(counts.known)});
  std::string fields;
  for (const std::string& field : counts.homeless) fields += (fields.empty() ? "" : ", ") + field;
  if (!fields.empty()) lines += "\n" + context.say(Text::kImportHomeless, {fields});
  context.answer(lines, counts_row(counts));
}

Status import_file(Context& context) {
  const std::string file = context.arguments.get("file");
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(LineReader reader, reader_of(context, file));
  Import import(*opened->vault, opened->random);
  Progress progress(context.console, opened->clock, context.say(Text::kImporting));
  if (Status read = read_all(reader, import, progress); !read) {
    // What came before the bad line stays; that must not fail for the line's sake.
    if (const Status kept = import.commit(); !kept && read.error().code() == Code::kMalformed) read = kept;
    context.remark(context.say(Text::kImportKept, {std::to_string(import.kept())}));
    return std::move(read.error()).within(file + " line " + std::to_string(reader.line_number()));
  }
  tell(context, import.counts());
  return {};
}

Status export_file(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  const auto file = context.arguments.find("file");
  if (!file || *file == "-") {
    TB_TRY(const ExportCounts counts,
           export_vault(*opened->vault, [&](const std::string& line) { context.console.out(line + "\n"); }));
    (void)counts;
    return {};
  }
  std::string content;
  TB_TRY(const ExportCounts counts,
         export_vault(*opened->vault, [&](const std::string& line) { content += line + "\n"; }));
  TB_CHECK(write_file(context.console.path(*file), as_bytes(content)));
  Row row;
  row.text("file", *file).number("circles", counts.circles).number("records", counts.records);
  context.answer(
      context.say(Text::kExported, {*file, std::to_string(counts.circles), std::to_string(counts.records)}),
      row);
  return {};
}

}  // namespace

std::vector<CommandSpec> transfer_commands() {
  using Shape = ParameterSpec::Shape;
  return {
      {"import",
       Text::kImportSummary,
       Text::kImportExplain,
       "thuisbasis import caseload.jsonl.gz\nthuisbasis import overzicht.jsonl",
       {{Shape::kWord, "file", "FILE", Text::kArgImportFile, true}},
       Home::kOwner,
       true,
       import_file},
      {"export",
       Text::kExportSummary,
       Text::kExportExplain,
       "thuisbasis export overzicht.jsonl",
       {{Shape::kWord, "file", "FILE", Text::kArgExportFile, false}},
       Home::kOwner,
       false,
       export_file},
  };
}

}  // namespace thuisbasis
