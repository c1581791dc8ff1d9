// What somebody who is to help wants to see of a node, without what is secret.
#pragma once

#include <string>
#include <vector>

#include "broker/ctl/context.hpp"

namespace cadre::ctl {

struct SupportPart {
  std::string name;     // its file in the bundle
  std::string text;
  std::string why_not;  // it could not be had
};

inline constexpr std::size_t log_bytes_max = 4u << 20;  // of each log, its end

// Never a Stop: it is wanted most where nothing works. Logs: of systemd's journal not older than `since`, of files where the
// node's file says so, where the cmdlets put them, and of `logs`.
std::vector<SupportPart> support_parts(Context& context, Duration since, const std::vector<std::string>& logs);

// Every secret that is readable here (keys, passwords) is taken out of the parts wherever it stands; how often it was there.
std::size_t take_secrets_out(Context& context, std::vector<SupportPart>& parts);

}  // namespace cadre::ctl
