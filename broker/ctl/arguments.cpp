#include "broker/ctl/arguments.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <optional>

#include "broker/ctl/values.hpp"
#include "common/config/yaml.hpp"
#include "common/os/clock.hpp"

namespace cadre::ctl {

namespace {

// An option whose text `parse` turns into the target's value; what it finds wrong is said as for any other option.
template <class T, class Parse>
Option add_parsed(CLI::App& app, const std::string& name, T& target, const std::string& help, const char* type, Parse parse) {
  const auto set = [&target, name, parse](const std::string& text) {
    Result<T> value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error());
    target = *value;
  };
  return Option(*app.add_option_function<std::string>(name, set, help)->type_name(type));
}

Result<Duration> duration_of(const std::string& text) {
  const auto value = yaml::parse_duration(text);
  if (!value || *value < Duration{}) return Error{fmt::format("'{}' is not a duration: 500ms, 30s, 5m or 2h was wanted", text)};
  return *value;
}

Result<std::uint64_t> bytes_of(const std::string& text) {
  const auto value = yaml::parse_bytes(text);
  if (!value) return Error{fmt::format("'{}' is not a size: 512MiB, 4GiB or 10MB was wanted", text)};
  return *value;
}

}  // namespace

Option Option::required() { return option_->required(), *this; }
Option Option::type_name(const std::string& name) { return option_->type_name(name), *this; }
Option Option::group(const std::string& title) { return option_->group(title), *this; }
Option Option::show_default() { return option_->capture_default_str(), *this; }
Option Option::delimiter(char between) { return option_->delimiter(between), *this; }
Option Option::one_of(std::initializer_list<const char*> words) { return option_->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end()))), *this; }
Option Option::between(std::int64_t min, std::int64_t max) { return option_->check(CLI::Range(min, max)), *this; }
Option Option::positive() { return option_->check(CLI::PositiveNumber), *this; }
Option Option::existing_file() { return option_->check(CLI::ExistingFile), *this; }
Option Option::needs(Option other) { return option_->needs(other.option_), *this; }
Option Option::excludes(Option other) { return option_->excludes(other.option_), *this; }
bool Option::given() const { return option_->count() > 0; }

template <class Target>
Option Arguments::add_option(const std::string& name, Target& target, const std::string& help) {
  return Option(*app_.add_option(name, target, help));
}
template Option Arguments::add_option(const std::string&, std::string&, const std::string&);
template Option Arguments::add_option(const std::string&, std::filesystem::path&, const std::string&);
template Option Arguments::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option Arguments::add_option(const std::string&, std::vector<std::filesystem::path>&, const std::string&);
template Option Arguments::add_option(const std::string&, std::optional<std::uint16_t>&, const std::string&);
template Option Arguments::add_option(const std::string&, int&, const std::string&);
template Option Arguments::add_option(const std::string&, std::uint32_t&, const std::string&);
template Option Arguments::add_option(const std::string&, std::uint64_t&, const std::string&);

Option Arguments::add_flag(const std::string& name, bool& target, const std::string& help) { return Option(*app_.add_flag(name, target, help)); }

Option Arguments::add_repeated(const std::string& name, std::vector<std::string>& target, const std::string& help) {
  return Option(*app_.add_option(name, target, help)->allow_extra_args(false)->take_all());
}

Option Arguments::add_duration(const std::string& name, Duration& target, const std::string& help) {
  return add_parsed(app_, name, target, help, "DURATION", duration_of);
}

Option Arguments::add_bytes(const std::string& name, std::uint64_t& target, const std::string& help) {
  return add_parsed(app_, name, target, help, "SIZE", bytes_of);
}

Option Arguments::add_when(const std::string& name, WallTime& target, const std::string& help) {
  return add_parsed(app_, name, target, help, "TIME", [](const std::string& text) { return parse_when(text, os::wall_now()); });
}

void Arguments::footer(const std::string& text) { app_.footer(text); }

}  // namespace cadre::ctl
