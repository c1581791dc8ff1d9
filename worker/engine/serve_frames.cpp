#include "worker/engine/serve_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "worker/engine/words.hpp"

namespace cadre::engine {

namespace {

using nlohmann::json;

Error wanted(const std::string& what, std::string_view found) {
  return Error{fmt::format("wanted {}, found {}", what, printable(found))};
}

std::string text_at(const json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// A whole number >= 0; `otherwise` where there is none; empty where there is something else.
std::optional<std::uint64_t> count_at(const json& line, const char* key, std::uint64_t otherwise) {
  const auto found = line.find(key);
  if (found == line.end()) return otherwise;
  if (!found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

Result<EngineLine> parse_files(const json& files, std::string_view text, EngineLine line) {
  if (!files.is_array() || files.size() > limits::files_max)
    return wanted(fmt::format("\"files\" as a list of at most {}", limits::files_max), text);
  for (const json& file : files) {
    AnnouncedFile announced;
    if (file.is_object()) announced.name = text_at(file, "name");
    const auto bytes = file.is_object() ? count_at(file, "bytes", 0) : std::nullopt;
    if (!bytes || !is_name(announced.name))
      return wanted(
          "each of \"files\" as {\"name\":\"page.pdf\",\"bytes\":123}, names of letters, digits, '.', '_', '-'", text);
    for (const AnnouncedFile& other : line.files) {
      if (other.name == announced.name) return wanted("each name in \"files\" once", text);
    }
    announced.bytes = std::min(*bytes, std::uint64_t{limits::payload_bytes_ceiling} + 1);  // sums cannot overflow
    line.bytes += announced.bytes;
    line.files.push_back(std::move(announced));
  }
  return line;
}

Result<EngineLine> parse_done(const json& header, std::string_view text, EngineLine line) {
  const auto bytes = count_at(header, "bytes", 0);
  if (!bytes) return wanted("\"bytes\" as a whole number", text);
  const auto files = header.find("files");
  if (files == header.end()) {
    line.bytes = *bytes;
    line.files.push_back({"stdout", *bytes});
    return line;
  }
  Result<EngineLine> listed = parse_files(*files, text, std::move(line));
  if (listed && header.contains("bytes") && *bytes != listed->bytes)
    return wanted(fmt::format("\"bytes\" to be the sum of the files, {}", listed->bytes), text);
  return listed;
}

}  // namespace

Result<EngineLine> parse_engine_line(std::string_view text) {
  const json header = json::parse(text, nullptr, false);
  if (!header.is_object()) return wanted("a line with a JSON object on stdout (log to stderr)", text);
  EngineLine line;
  line.id = text_at(header, "id");
  const std::string type = text_at(header, "t");
  if (type == "done") {
    line.type = EngineLine::Type::done;
    return parse_done(header, text, std::move(line));
  }
  if (count_at(header, "bytes", 0) != 0) return wanted("no \"bytes\" but in \"done\"", text);
  line.message = fitting_text(text_at(header, "message"), limits::text_bytes_max);
  if (type == "ready") {
    line.type = EngineLine::Type::ready;
    if (count_at(header, "v", 0) != serve_version)
      return wanted(fmt::format("\"v\":{} in \"ready\"", serve_version), text);
  } else if (type == "fail") {
    line.type = EngineLine::Type::fail;
    const auto code = count_at(header, "code", 1);
    if (!code || *code < 1 || *code > 255) return wanted("\"code\" from 1 to 255", text);
    line.code = static_cast<int>(*code);
  } else if (type == "progress") {
    line.type = EngineLine::Type::progress;
    const auto found = header.find("progress");
    if (found == header.end() || !found->is_number()) return wanted("\"progress\" from 0 to 1", text);
    line.progress = std::clamp(found->get<double>(), 0.0, 1.0);
  } else if (type == "pong") {
    line.type = EngineLine::Type::pong;
  } else {
    return wanted("\"t\" to be ready, done, fail, progress or pong", text);
  }
  return line;
}

std::string hello_line(const std::string& engine) {
  return fmt::format("{{\"t\":\"hello\",\"v\":{},\"engine\":\"{}\"}}\n", serve_version, engine);
}

std::string job_line(const Order& order, const std::string& params, const std::string& quoted_directory) {
  const std::string deadline =
      order.deadline == WallTime{} ? std::string{} : fmt::format(",\"deadline\":\"{}\"", to_string(order.deadline));
  return fmt::format(
      "{{\"t\":\"job\",\"id\":\"{}\",\"attempt\":{},\"engine\":\"{}\",\"params\":{},\"dir\":{}{},\"bytes\":{}}}\n",
      to_string(order.job.attempt.job), order.job.attempt.number, order.engine->name, params, quoted_directory,
      deadline, order.job.body->payload.size());
}

std::string cancel_line(const std::string& id) { return fmt::format("{{\"t\":\"cancel\",\"id\":\"{}\"}}\n", id); }
std::string ping_line() { return "{\"t\":\"ping\"}\n"; }
std::string bye_line() { return "{\"t\":\"bye\"}\n"; }

std::optional<std::string> one_line_params(const std::string& params) {
  if (params.empty() || params == "{}") return "{}";
  if (params.find_first_of("\r\n") == std::string::npos && params.front() == '{')
    return json::accept(params) ? std::optional{params} : std::nullopt;
  const json parsed = json::parse(params, nullptr, false);
  return parsed.is_object() ? std::optional{parsed.dump()} : std::nullopt;
}

std::string quoted(const std::string& text) { return json(text).dump(-1, ' ', true, json::error_handler_t::replace); }

}  // namespace cadre::engine
