// cadre db option: one option in an option file of MariaDB's server, once, and everything else as it was.
#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "broker/ctl/rewrite.hpp"
#include "broker/ctl/values.hpp"
#include "common/database/option_file.hpp"

namespace cadre::ctl {

namespace {

struct Options {
  std::filesystem::path file;
  std::vector<std::string> settings;
  bool write = false;
};

// Several options are one edit: one backup, and all of them or none.
db::OptionFile with_all(const std::string& text, const Options& o) {
  db::OptionFile all{text, false, {}};
  for (const auto& setting : o.settings) {
    const auto parts = name_and_value(setting);
    if (!parts) throw Stop{Exit::usage, fmt::format("'{}': NAME=VALUE was wanted, such as bind-address=127.0.0.1", setting)};
    auto set = db::set_option(all.text, parts->first, parts->second);
    if (!set) throw Stop{Exit::usage, fmt::format("{}: {}", setting, set.error())};
    all.text = std::move(set->text);
    all.changed = all.changed || set->changed;
    all.notes.insert(all.notes.end(), set->notes.begin(), set->notes.end());
  }
  return all;
}

std::string what_was_done(const Options& o, const db::OptionFile& edited, const std::string& backup) {
  if (!edited.changed) return fmt::format("{} says so already; nothing was changed", o.file.string());
  if (!o.write) return fmt::format("{} was not changed; --write changes it", o.file.string());
  return fmt::format("{} is changed; as it was: {}\n  the server reads it when it is started anew", o.file.string(), backup);
}

Exit run(Context& context, const Options& o) {
  const auto edited = with_all(text_of(o.file), o);
  std::string backup;
  if (edited.changed && o.write) backup = rewrite(o.file, edited.text).string();
  for (const auto& note : edited.notes) say("note: " + note);
  say(what_was_done(o, edited, backup));
  if (context.json()) {
    Json json{{"file", o.file.string()}, {"changed", edited.changed}, {"written", !backup.empty()}, {"notes", edited.notes}};
    if (!backup.empty()) json["backup"] = backup;
    print_json(json);
  } else if (!o.write) {
    print(edited.text);
  }
  return Exit::ok;
}

}  // namespace

Command commands::db_option() {
  return {"db option", "Set an option of MariaDB's server in its option file; without --write, show what it would be",
          "sudo cadre db option /etc/mysql/mariadb.conf.d/50-server.cnf bind-address=127.0.0.1,10.1.0.5 --write", [](Arguments& args) -> Run {
            auto o = std::make_shared<Options>();
            args.add_option("FILE", o->file, "the option file that the server reads").required();
            args.add_option("SETTINGS", o->settings, "NAME=VALUE; several are one edit").required().type_name("NAME=VALUE");
            args.add_flag("--write", o->write, "change the file; the old text stays beside it");
            return [o](Context& context) { return run(context, *o); };
          }};
}

}  // namespace cadre::ctl
