#include "broker/ctl/parameters.hpp"

#include <fmt/format.h>

#include "broker/ctl/files.hpp"
#include "broker/ctl/stop.hpp"
#include "broker/ctl/values.hpp"

namespace cadre::ctl {

nlohmann::json read_parameters(const std::filesystem::path& file, const std::vector<std::string>& assignments) {
  nlohmann::json parameters = nlohmann::json::object();
  if (!file.empty()) {
    parameters = nlohmann::json::parse(read_text(file), nullptr, false);
    if (!parameters.is_object())
      throw Stop{Exit::bad_data,
                 fmt::format("{}: a JSON object was wanted, such as {{\"width\": 200}}", file.string())};
  }
  for (const auto& assignment : assignments)
    if (auto set = set_parameter(parameters, assignment); !set) throw Stop{Exit::usage, set.error()};
  return parameters;
}

}  // namespace cadre::ctl
