// The parameters of a job as they are given on the command line.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cadre::ctl {

// A JSON object: what `file` says (empty: {}), and over it each NAME=VALUE. Stop where it is none.
nlohmann::json read_parameters(const std::filesystem::path& file, const std::vector<std::string>& assignments);

}  // namespace cadre::ctl
