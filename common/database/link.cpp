#include "common/database/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"
#include "common/database/link_errors.hpp"
#include "common/database/link_parts.hpp"

namespace cadre::db {
namespace {

// Our count of a packet's bytes and the server's may differ by headers; this close to the limit the server decides.
constexpr std::uint64_t packet_slack = 64;

constexpr std::uint64_t command_bytes = 1;

}  // namespace

Link::Parts::~Parts() {
  for (const Prepared& one : prepared) mysql_stmt_close(one.statement);
  if (mysql != nullptr) mysql_close(mysql);
}

// Over the limit the server would hang up, and a dead server looks the same (libraries.md 3.6): so it is not even sent.
std::optional<Trouble> Link::Parts::check_sendable(std::string_view sql, std::uint64_t bytes) {
  if (gone) return Trouble{Kind::away, 2006, first_words(sql) + ": the connection was lost before; make a new one"};
  if (packet_max == 0 || bytes <= packet_max) return std::nullopt;
  Trouble trouble{Kind::too_large, 1153,
                  fmt::format("{}: {} bytes to send, the server takes at most {} (max_allowed_packet); send fewer or "
                              "smaller rows, or raise it",
                              first_words(sql), bytes, packet_max)};
  if (in_transaction && !broken) broken = trouble;
  return trouble;
}

Trouble Link::Parts::noted(std::string_view sql, unsigned code, std::string_view message, std::uint64_t bytes) {
  Trouble trouble{kind_of(code, message), code, fmt::format("{}: {} ({})", first_words(sql), message, code)};
  const bool hung_up = code == 2006 || code == 2013 || code == 2055;
  if (hung_up && packet_max != 0 && bytes + packet_slack > packet_max) trouble.kind = Kind::too_large;
  if (ends_link(code)) gone = true;
  const bool fatal = trouble.kind == Kind::away || trouble.kind == Kind::again || trouble.kind == Kind::too_large;
  if (in_transaction && fatal && !broken) broken = trouble;
  return trouble;
}

Trouble Link::Parts::trouble_of(std::string_view sql, std::uint64_t bytes) {
  return noted(sql, mysql_errno(mysql), mysql_error(mysql), bytes);
}

Trouble Link::Parts::trouble_of(std::string_view sql, std::uint64_t bytes, MYSQL_STMT* statement) {
  // What ends a result half-way (max_statement_time, KILL) the library notes on the connection only.
  const bool on_statement = mysql_stmt_errno(statement) != 0;
  const Trouble trouble = on_statement ? noted(sql, mysql_stmt_errno(statement), mysql_stmt_error(statement), bytes)
                                       : noted(sql, mysql_errno(mysql), mysql_error(mysql), bytes);
  forget(statement);  // whatever state it is in: prepared anew next time
  return trouble;
}

void Link::Parts::forget(MYSQL_STMT* statement) {
  prepared.remove_if([&](const Prepared& one) { return one.statement == statement; });
  mysql_stmt_close(statement);
}

Outcome<std::uint64_t> Link::Parts::run_text(std::string_view sql) {
  const std::uint64_t bytes = sql.size() + command_bytes;
  if (auto trouble = check_sendable(sql, bytes)) return *trouble;
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) return trouble_of(sql, bytes);
  std::uint64_t affected = 0;
  for (;;) {
    if (mysql_field_count(mysql) > 0) {
      MYSQL_RES* result = mysql_store_result(mysql);
      if (result == nullptr) return trouble_of(sql, bytes);
      mysql_free_result(result);
    }
    affected = mysql_affected_rows(mysql);
    const int next = mysql_next_result(mysql);  // a CALL brings several
    if (next < 0) return affected;
    if (next > 0) return trouble_of(sql, bytes);
  }
}

Outcome<MYSQL_STMT*> Link::Parts::prepare(std::string_view sql) {
  const auto known =
      std::find_if(prepared.begin(), prepared.end(), [&](const Prepared& one) { return one.text == sql; });
  if (known != prepared.end()) {
    prepared.splice(prepared.begin(), prepared, known);
    return known->statement;
  }
  const std::uint64_t bytes = sql.size() + command_bytes;
  if (auto trouble = check_sendable(sql, bytes)) return *trouble;
  if (prepared.size() >= prepared_max) forget(prepared.back().statement);
  MYSQL_STMT* statement = mysql_stmt_init(mysql);
  CADRE_ASSERT(statement != nullptr);
  prepared.push_front({std::string(sql), statement});
  if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0) return trouble_of(sql, bytes, statement);
  return statement;
}

Outcome<MYSQL_STMT*> Link::Parts::run_prepared(std::string_view sql, Binding& binding) {
  if (auto trouble = check_sendable(sql, binding.bytes())) return *trouble;
  auto ready = prepare(sql);
  if (std::holds_alternative<Trouble>(ready)) return ready;
  MYSQL_STMT* statement = std::get<MYSQL_STMT*>(ready);
  CADRE_ASSERT(mysql_stmt_param_count(statement) == binding.count());
  const unsigned rows = binding.rows();
  const bool failed = mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows) != 0 ||
                      (binding.count() > 0 && mysql_stmt_bind_param(statement, binding.data()) != 0) ||
                      mysql_stmt_execute(statement) != 0;
  if (failed) return trouble_of(sql, binding.bytes(), statement);
  return statement;
}

Outcome<std::uint64_t> Link::Parts::run_for_count(std::string_view sql, Binding& binding) {
  auto ran = run_prepared(sql, binding);
  if (auto* trouble = std::get_if<Trouble>(&ran)) return std::move(*trouble);
  MYSQL_STMT* statement = std::get<MYSQL_STMT*>(ran);
  if (mysql_stmt_field_count(statement) > 0 && mysql_stmt_store_result(statement) != 0) {
    return trouble_of(sql, binding.bytes(), statement);
  }
  const std::uint64_t affected = mysql_stmt_affected_rows(statement);
  finish(statement);
  return affected;
}

Outcome<Rows> Link::Parts::run_for_rows(std::string_view sql, Binding& binding) {
  auto ran = run_prepared(sql, binding);
  if (auto* trouble = std::get_if<Trouble>(&ran)) return std::move(*trouble);
  MYSQL_STMT* statement = std::get<MYSQL_STMT*>(ran);
  Rows rows;
  if (mysql_stmt_field_count(statement) > 0 && !fetch_all(statement, rows.rows_)) {
    return trouble_of(sql, binding.bytes(), statement);
  }
  finish(statement);
  return rows;
}

void Link::Parts::finish(MYSQL_STMT* statement) {
  mysql_stmt_free_result(statement);
  while (mysql_stmt_more_results(statement) && mysql_stmt_next_result(statement) == 0)
    mysql_stmt_free_result(statement);
}

Link::Link(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Link::Link(Link&&) noexcept = default;
Link& Link::operator=(Link&&) noexcept = default;
Link::~Link() = default;

Outcome<std::uint64_t> Link::execute(std::string_view sql) { return parts_->settled(parts_->run_text(sql)); }

Outcome<std::uint64_t> Link::execute(std::string_view sql, const std::vector<Value>& parameters) {
  Binding binding(parameters);
  return parts_->settled(parts_->run_for_count(sql, binding));
}

Outcome<Rows> Link::query(std::string_view sql, const std::vector<Value>& parameters) {
  Binding binding(parameters);
  return parts_->settled(parts_->run_for_rows(sql, binding));
}

Outcome<std::uint64_t> Link::bulk(std::string_view sql, const std::vector<Column>& columns, std::size_t rows) {
  if (rows == 0) return std::uint64_t{0};  // the library would execute one row (libraries.md 3.5)
  Binding binding(columns, rows);
  return parts_->settled(parts_->run_for_count(sql, binding));
}

Outcome<Done> Link::transaction(const std::function<Outcome<Done>()>& body) {
  CADRE_ASSERT(!parts_->in_transaction);
  if (!parts_->begin_implicitly)
    if (auto begun = parts_->run_text("BEGIN"); std::holds_alternative<Trouble>(begun)) return std::get<Trouble>(begun);
  parts_->in_transaction = true;
  parts_->broken.reset();
  Outcome<Done> outcome = body();
  parts_->in_transaction = false;
  // A deadlock that the body passed over in silence has ended the transaction: what came after it ran on its own.
  if (std::holds_alternative<Done>(outcome) && parts_->broken) outcome = *parts_->broken;

  if (std::holds_alternative<Done>(outcome)) {
    auto committed = parts_->run_text("COMMIT");
    if (std::holds_alternative<std::uint64_t>(committed)) return Done{};
    Trouble trouble = std::get<Trouble>(std::move(committed));
    trouble.kind = Kind::away;  // whether it happened is unknown (libraries.md 3.14)
    parts_->gone = true;
    return trouble;
  }
  auto undone = parts_->run_text("ROLLBACK");
  if (std::holds_alternative<std::uint64_t>(undone)) return outcome;
  parts_->gone = true;  // an open transaction may be left behind: only closing the connection ends it
  Trouble& trouble = std::get<Trouble>(outcome);
  if (trouble.kind != Kind::too_large) trouble.kind = Kind::away;  // too large it will be again, on every new link
  return outcome;
}

std::uint64_t Link::connection_id() const { return mysql_thread_id(parts_->mysql); }
std::uint64_t Link::packet_max() const { return parts_->packet_max; }
int Link::socket() const { return mysql_get_socket(parts_->mysql); }
bool Link::encrypted() const { return mysql_get_ssl_cipher(parts_->mysql) != nullptr; }

bool Rows::is_null(std::size_t row, std::size_t column) const {
  CADRE_ASSERT(row < rows_.size() && column < rows_[row].size());
  return std::holds_alternative<Null>(rows_[row][column]);
}

std::uint64_t Rows::u64(std::size_t row, std::size_t column) const {
  if (is_null(row, column)) return 0;
  const auto* value = std::get_if<std::uint64_t>(&rows_[row][column]);
  CADRE_ASSERT(value != nullptr);
  return *value;
}

std::int64_t Rows::i64(std::size_t row, std::size_t column) const {
  if (is_null(row, column)) return 0;
  const auto* value = std::get_if<std::int64_t>(&rows_[row][column]);
  CADRE_ASSERT(value != nullptr);
  return *value;
}

const std::string& Rows::text(std::size_t row, std::size_t column) const {
  static const std::string none;
  if (is_null(row, column)) return none;
  const auto* value = std::get_if<std::string>(&rows_[row][column]);
  CADRE_ASSERT(value != nullptr);
  return *value;
}

}  // namespace cadre::db
