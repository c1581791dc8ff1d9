// The installed versions of one engine on this node:
//
//   ENGINES/NAME/VERSION-DIGEST/          a version, whole from the moment it has this name, and never changed
//   ENGINES/NAME/current                  a link to the one that is offered; replaced by one rename
//   ENGINES/NAME/.replaced/VERSION-DIGEST a link to the version that this one took the place of; to itself, where it
//                                         came back by a rollback
//   ENGINES/NAME/.new-VERSION-DIGEST      half a copy, or half a removal, of a run that was interrupted; the next one
//                                         removes it
//
// A worker holds the directory of a version that it offers, or in which something of its runs, by a shared lock
// (worker/engine/version_hold.hpp); who removes one has the lock alone before. An engine that was taken away leaves the
// empty directory ENGINES/NAME: it tells an engine that was here from a name that is misspelt.
//
// DIGEST: the first 12 characters of the content's (engine_content.hpp). What is to be remembered is written before the
// switch and means nothing until the version that it is about is current: so that a run which ends anywhere in between
// leaves either all of the old state or all of the new one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "broker/ctl/engine_content.hpp"

namespace cadre::ctl {

// "2.1" and a digest: "2.1-0123456789ab". What a directory's name or a label does not take becomes _; at most
// limits::name_bytes_max bytes, like every version that is announced.
std::string engine_version_name(std::string_view version, std::string_view digest);

class EngineStore {
 public:
  // Makes nothing. `name`: is_name().
  EngineStore(const std::filesystem::path& engines, const std::string& name) : home_(engines / name) {}
  EngineStore(const EngineStore&) = delete;
  EngineStore& operator=(const EngineStore&) = delete;
  ~EngineStore();

  // Makes the engine's directory where there is none. Stop (again), where another install, rollback or uninstall of it
  // runs.
  void lock();
  bool remove_halves();  // needs the lock; false: there were none

  const std::filesystem::path& home() const { return home_; }
  std::filesystem::path place(const std::string& version) const { return home_ / version; }
  bool has(const std::string& version) const;
  bool is_plain() const;                                   // there is an engine.yaml that nobody installed
  std::string current() const;                             // the name of a version; empty: none
  std::string replaced(const std::string& version) const;  // empty: none, or not known
  std::vector<std::string> versions() const;
  bool made_here(const std::string& version) const;  // there, and named as only copy() names one
  std::vector<std::string> all_made_here() const;    // also what is not whole any more

  // All need the lock. Each checks what it made before it returns; trouble is Stop.
  void copy(const std::filesystem::path& from, const EngineContent& content, const std::string& version);
  bool remove(const std::string& version);         // never the current one; false: a worker holds it, and it stays
  bool is_held(const std::string& version) const;  // at this moment; needs no lock
  void stop_offering();                            // no version is current any more
  void forget_removed();                           // what is remembered of versions that are not there
  void note_replaced(const std::string& version, const std::string& by_it);
  void switch_to(const std::string& version);

 private:
  void link(const std::filesystem::path& where, const std::string& target);

  std::filesystem::path home_;
  int lock_ = -1;
};

}  // namespace cadre::ctl
