#include "broker/ctl/engine_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace cadre::ctl {

namespace {

constexpr std::string_view bash_program = R"(#!/bin/bash
# The payload comes on standard input (also as the file $CADRE_JOB_INPUT), the parameters as a JSON object in the file
# $CADRE_JOB_PARAMS. Standard output is the result; or files in $CADRE_JOB_OUTPUT_DIR, if there are any.
# Standard error is the log. Exit 0: done. 65: bad input, never tried again. 75: try again elsewhere.
set -euo pipefail

bytes=$(wc -c)
echo "Hello from NAME: job $CADRE_JOB_ID has a payload of $bytes bytes."
)";

constexpr std::string_view python_program = R"(#!/usr/bin/env python3
"""The payload comes on standard input (also as the file CADRE_JOB_INPUT), the parameters as a JSON object in the file
CADRE_JOB_PARAMS. Standard output is the result; or files in CADRE_JOB_OUTPUT_DIR, if there are any.
Standard error is the log. Exit 0: done. 65: bad input, never tried again. 75: try again elsewhere."""
import json
import os
import sys

with open(os.environ["CADRE_JOB_PARAMS"], encoding="utf-8") as file:
    parameters = json.load(file)
payload = sys.stdin.buffer.read()

print(f"Hello from NAME: job {os.environ['CADRE_JOB_ID']} has a payload of {len(payload)} bytes and the parameters {parameters}.")
)";

std::string with_name(std::string_view text, const std::string& name) {
  std::string out(text);
  out.replace(out.find("NAME"), 4, name);
  return out;
}

// A JSON string is also a YAML one.
std::string quoted_word(const std::string& word) {
  return nlohmann::json(word).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Program engine_program(const NewEngine& engine) {
  if (engine.language == "bash") return {"run.sh", with_name(bash_program, engine.name)};
  if (engine.language == "python") return {"main.py", with_name(python_program, engine.name)};
  return {};
}

std::string engine_yaml(const NewEngine& engine) {
  std::string command;
  for (const auto& word : engine.command) command += (command.empty() ? "" : ", ") + quoted_word(word);
  if (command.empty()) command = "./" + engine_program(engine).file;
  return fmt::format(
      "# What each key means, and what the program gets and gives back: ENGINES.md\n"
      "name: {}\n"
      "command: [{}]\n"
      "time_limit: 10min\n",
      quoted_word(engine.name), command);
}

}  // namespace cadre::ctl
