// A command of the tool as a record. main.cpp puts all of them into one CLI11 tree.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "broker/ctl/arguments.hpp"
#include "broker/ctl/context.hpp"
#include "broker/ctl/stop.hpp"

namespace cadre::ctl {

using Run = std::function<Exit(Context&)>;

struct Command {
  std::string_view path;     // "job list": noun and verb, or one word
  std::string_view help;     // one line
  std::string_view example;  // what one types
  // Declares them; what it gives back does the work after parsing.
  std::function<Run(Arguments&)> arguments;
};

namespace commands {
Command submit();
Command job_list();
Command job_show();
Command job_logs();
Command job_wait();
Command job_result();
Command job_cancel();
Command job_retry();
Command job_why();
Command job_keep();
Command job_missing();
Command job_unkeep();
Command queue_list();
Command node_list();
Command node_drain();
Command node_uncordon();
Command node_remove();
Command node_ticket();
Command node_join();
Command node_setup();
Command dead_list();
Command dead_retry();
Command engine_list();
Command engine_new();
Command engine_test();
Command engine_install();
Command engine_rollback();
Command engine_uninstall();
Command key_new();
Command key_admit();
Command key_list();
Command key_revoke();
Command key_rotate();
Command config_check();
Command config_new();
Command config_set();
Command config_show();
Command db_init();
Command db_migrate();
Command db_compact();
Command db_hosts();
Command db_bind();
Command db_option();
Command db_rotate();
Command db_legacy_grant();
Command db_legacy_revoke();
Command cleanup_status();
Command cleanup_run();
Command lease_list();
Command lease_show();
Command lease_break();
Command status();
Command doctor();
Command support_bundle();
Command log_level();
Command version();
Command backup();
Command restore();
Command bench();
Command check_queue();
Command check_node();
Command check_db();
Command check_cleanup();
}  // namespace commands

inline std::vector<Command> all_commands() {
  using namespace commands;
  // In the order of the help: what is wanted daily first.
  return {submit(),
          job_list(), job_show(), job_logs(), job_wait(), job_result(), job_cancel(), job_retry(), job_why(), job_keep(),
          job_unkeep(), job_missing(),
          queue_list(),
          node_list(), node_drain(), node_uncordon(), node_remove(), node_ticket(), node_join(), node_setup(),
          dead_list(), dead_retry(),
          engine_list(), engine_new(), engine_test(), engine_install(), engine_rollback(), engine_uninstall(),
          status(), doctor(), support_bundle(),
          check_queue(), check_node(), check_db(), check_cleanup(),
          key_new(), key_admit(), key_list(), key_revoke(), key_rotate(),
          config_show(), config_set(), config_check(), config_new(),
          db_init(), db_migrate(), db_compact(), db_hosts(), db_bind(), db_option(), db_rotate(), db_legacy_grant(),
          db_legacy_revoke(),
          backup(), restore(),
          cleanup_status(), cleanup_run(),
          lease_list(), lease_show(), lease_break(),
          log_level(), bench(), version()};
}

}  // namespace cadre::ctl
