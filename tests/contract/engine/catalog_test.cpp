// engine.yaml from file to definition, and an engine author's way to try one. The examples of ENGINES.md are run as
// printed.
#include "worker/engine/catalog.hpp"

#include <gtest/gtest.h>
#include <sys/file.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/contract/engine/harness.hpp"
#include "worker/engine/engine_test.hpp"

namespace cadre::engine::test {
namespace {

constexpr const char* search_path = "/usr/local/bin:/usr/bin:/bin";

class CatalogOf : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& yaml) {
    write_file(directory.path() / name / "engine.yaml", yaml);
  }
  std::string faults(const Catalog& catalog) {
    std::string all;
    for (const std::string& fault : catalog.faults()) all += fault + "\n";
    return all;
  }
  Directory directory;
};

TEST_F(CatalogOf, TheBuiltInEnginesAreAlwaysThere) {
  const Catalog catalog(directory / "not-there", search_path);
  for (const char* name : {"echo", "sleep", "fail"}) ASSERT_NE(catalog.find(name), nullptr);
  EXPECT_EQ(catalog.entries().size(), 3u);
  EXPECT_EQ(faults(catalog), "");
}

TEST_F(CatalogOf, ReadsEveryKey) {
  add("ocr", R"(
name: ocr
version: 2.1
description: Reads
mode: serve
command: [sh, ./main.sh, ./not-a-file, --fast]
slots: 3
time_limit: 2h
stall_limit: 5m
stop_grace: 20s
memory_limit: 4GiB
start_limit: 1m
recycle: {jobs: 10, memory: 1GiB, idle: 30s}
)");
  write_file(directory / "ocr/main.sh", "");
  const Catalog catalog(directory.path(), search_path);
  ASSERT_EQ(faults(catalog), "");
  ASSERT_NE(catalog.find("ocr"), nullptr);
  EXPECT_EQ(catalog.find("ocr")->broken, "");
  const Definition& engine = *catalog.find("ocr")->definition;
  EXPECT_EQ(engine.version, "2.1");
  EXPECT_EQ(engine.description, "Reads");
  EXPECT_EQ(engine.mode, EngineMode::serve);
  EXPECT_EQ(engine.directory, directory / "ocr");
  EXPECT_EQ(engine.command, (std::vector<std::string>{"sh", directory / "ocr/main.sh", "./not-a-file", "--fast"}));
  EXPECT_EQ(engine.slots, 3u);
  EXPECT_EQ(engine.time_limit, 2h);
  EXPECT_EQ(engine.stall_limit, 5min);
  EXPECT_EQ(engine.stop_grace, 20s);
  EXPECT_EQ(engine.memory_limit, 4ull << 30);
  EXPECT_EQ(engine.start_limit, 1min);
  EXPECT_EQ(engine.recycle_jobs, 10u);
  EXPECT_EQ(engine.recycle_memory, 1ull << 30);
  EXPECT_EQ(engine.recycle_idle, 30s);
}

TEST_F(CatalogOf, EveryFaultIsToldWithItsPlace) {
  add("bad", "name: two words\nmode: daemon\ncommand: []\nslots: 0\ntimelimit: 1h\n");
  const Catalog catalog(directory.path(), search_path);
  const std::string all = faults(catalog);
  for (const char* wanted : {"engine.yaml:1:7: name:", "engine.yaml:2:7: mode:", "engine.yaml:3:10: command:",
                             "engine.yaml:4:8: slots:", "engine.yaml:5:1: ", "time_limit"})
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted << " in\n" << all;
  EXPECT_EQ(catalog.entries().size(), 3u);
}

TEST_F(CatalogOf, KeysOfServeMakeNoSenseForExec) {
  add("x", "name: x\ncommand: [sh]\nstart_limit: 1s\nrecycle: {jobs: 3}\n");
  const std::string all = faults(Catalog(directory.path(), search_path));
  EXPECT_NE(all.find("engine.yaml:3"), std::string::npos) << all;
  EXPECT_NE(all.find("engine.yaml:4"), std::string::npos) << all;
}

TEST_F(CatalogOf, NamesAreTakenOnce) {
  add("a", "name: same\ncommand: [sh]\n");
  add("b", "name: same\ncommand: [sh]\n");
  add("c", "name: echo\ncommand: [sh]\n");
  const Catalog catalog(directory.path(), search_path);
  EXPECT_EQ(catalog.faults().size(), 2u) << faults(catalog);
  EXPECT_EQ(catalog.find("same")->definition->directory, directory / "a");
  EXPECT_EQ(catalog.find("echo")->definition->mode, EngineMode::builtin);
}

TEST_F(CatalogOf, AnEngineWithoutItsProgramIsKeptAndMarkedBroken) {
  add("a", "name: a\ncommand: [./run]\n");
  add("b", "name: b\ncommand: [no-such-program]\n");
  add("c", "name: c\ncommand: [./text]\n");
  write_file(directory / "c/text", "");
  Catalog catalog(directory.path(), search_path);
  EXPECT_EQ(faults(catalog), "");
  EXPECT_NE(catalog.find("a")->broken.find("a/run: No such file or directory"), std::string::npos)
      << catalog.find("a")->broken;
  EXPECT_NE(catalog.find("b")->broken.find("not in PATH"), std::string::npos) << catalog.find("b")->broken;
  EXPECT_NE(catalog.find("c")->broken.find("chmod +x"), std::string::npos) << catalog.find("c")->broken;
  EXPECT_FALSE(catalog.changed());
  write_file(directory / "a/run", "#!/bin/sh\n", true);
  EXPECT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_EQ(catalog.find("a")->broken, "");
}

TEST_F(CatalogOf, ChangesAreNoticedAndUnchangedDefinitionsStayTheSame) {
  add("a", "name: a\ncommand: [sh]\n");
  add("b", "name: b\ncommand: [sh]\n");
  Catalog catalog(directory.path(), search_path);
  EXPECT_FALSE(catalog.changed());
  const DefinitionPtr a = catalog.find("a")->definition, b = catalog.find("b")->definition;
  const DefinitionPtr echo = catalog.find("echo")->definition;

  add("b", "name: b\ncommand: [sh]\nslots: 2\n");
  EXPECT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_FALSE(catalog.changed());
  EXPECT_EQ(catalog.find("a")->definition, a);
  EXPECT_EQ(catalog.find("echo")->definition, echo);
  EXPECT_NE(catalog.find("b")->definition, b);
  EXPECT_EQ(catalog.find("b")->definition->slots, 2u);

  add("b", "name: b\ncommand: [sh]\nslots: many\n");
  catalog.reload();
  EXPECT_EQ(catalog.faults().size(), 1u);
  ASSERT_NE(catalog.find("b"), nullptr) << "what it said before stays in force";
  EXPECT_EQ(catalog.find("b")->definition->slots, 2u);

  std::filesystem::remove_all(directory / "b");
  EXPECT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_EQ(catalog.find("b"), nullptr);
  EXPECT_EQ(faults(catalog), "");
}

// An installed engine: `current` is a link to a version's directory.
class InstalledIn : public CatalogOf {
 protected:
  void version(const std::string& name, const std::string& more = {}) {
    add("a/" + name, "name: a\nversion: 1\ncommand: [sh, ./main.sh]\n" + more);
    write_file(directory / "a" / name / "main.sh", "");
  }
  // As `cadre engine install` does it: by one rename.
  void switch_to(const std::string& name) {
    std::filesystem::create_symlink(name, directory / "a/.new-link");
    std::filesystem::rename(directory / "a/.new-link", directory / "a/current");
  }
};

TEST_F(InstalledIn, TheVersionIsTheDirectoryThatTheLinkLeadsTo) {
  version("1-aaaaaaaaaaaa");
  version("1-bbbbbbbbbbbb");
  switch_to("1-aaaaaaaaaaaa");
  Catalog catalog(directory.path(), search_path);
  ASSERT_EQ(faults(catalog), "");
  ASSERT_NE(catalog.find("a"), nullptr);
  const DefinitionPtr former = catalog.find("a")->definition;
  EXPECT_EQ(former->version, "1-aaaaaaaaaaaa") << "tells the content apart, unlike the version in the file";
  EXPECT_EQ(former->directory, directory / "a/1-aaaaaaaaaaaa");
  EXPECT_EQ(former->command[1], directory / "a/1-aaaaaaaaaaaa/main.sh");
  EXPECT_FALSE(catalog.changed());

  switch_to("1-bbbbbbbbbbbb");
  EXPECT_TRUE(catalog.changed())
      << "the files are of the same size and may be of the same time: the link leads elsewhere";
  catalog.reload();
  EXPECT_FALSE(catalog.changed());
  EXPECT_EQ(catalog.find("a")->definition->version, "1-bbbbbbbbbbbb");
  EXPECT_EQ(former->command[1], directory / "a/1-aaaaaaaaaaaa/main.sh") << "what runs stays with its own files";
  switch_to("1-aaaaaaaaaaaa");
  catalog.reload();
  EXPECT_EQ(catalog.find("a")->definition->version, "1-aaaaaaaaaaaa");
}

TEST_F(InstalledIn, GoesBeforeAPlainOneAndLeavesItWhereItsLinkLeadsNowhere) {
  add("a", "name: a\nversion: plain\ncommand: [sh]\n");
  Catalog catalog(directory.path(), search_path);
  EXPECT_EQ(catalog.find("a")->definition->version, "plain");
  version("1-aaaaaaaaaaaa");
  EXPECT_FALSE(catalog.changed()) << "a version that nothing leads to is not offered";
  switch_to("1-aaaaaaaaaaaa");
  EXPECT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_EQ(faults(catalog), "");
  EXPECT_EQ(catalog.find("a")->definition->version, "1-aaaaaaaaaaaa");
  std::filesystem::remove_all(directory / "a/1-aaaaaaaaaaaa");
  EXPECT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_EQ(catalog.find("a")->definition->version, "plain");
}

// As `cadre engine uninstall` asks before it removes a version.
bool nobody_holds(const std::filesystem::path& version) {
  const Fd fd{::open(version.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

TEST_F(InstalledIn, AVersionIsHeldAsLongAsAnybodyHasItsDefinition) {
  version("1-aaaaaaaaaaaa");
  version("1-bbbbbbbbbbbb");
  switch_to("1-aaaaaaaaaaaa");
  Catalog catalog(directory.path(), search_path);
  DefinitionPtr runs = catalog.find("a")->definition;
  EXPECT_FALSE(nobody_holds(directory / "a/1-aaaaaaaaaaaa"));
  EXPECT_TRUE(nobody_holds(directory / "a/1-bbbbbbbbbbbb")) << "nobody has read that one";
  std::filesystem::remove(directory / "a/current");
  ASSERT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_EQ(catalog.find("a"), nullptr);
  EXPECT_FALSE(nobody_holds(directory / "a/1-aaaaaaaaaaaa")) << "an attempt may have it";
  runs.reset();
  EXPECT_TRUE(nobody_holds(directory / "a/1-aaaaaaaaaaaa"));
}

TEST_F(InstalledIn, AVersionThatIsBeingRemovedIsNotOfferedAndLookedAtAgain) {
  version("1-aaaaaaaaaaaa");
  switch_to("1-aaaaaaaaaaaa");
  Fd remover{::open((directory / "a/1-aaaaaaaaaaaa").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  ASSERT_EQ(::flock(remover.get(), LOCK_EX | LOCK_NB), 0);
  Catalog catalog(directory.path(), search_path);
  EXPECT_EQ(catalog.find("a"), nullptr);
  EXPECT_EQ(faults(catalog), "");
  EXPECT_TRUE(catalog.changed()) << "it may have been a look only";
  remover.close();
  catalog.reload();
  ASSERT_NE(catalog.find("a"), nullptr);
  EXPECT_FALSE(catalog.changed());
}

TEST_F(InstalledIn, AVersionThatLiesThereAnewIsHeldAnew) {
  version("1-aaaaaaaaaaaa");
  switch_to("1-aaaaaaaaaaaa");
  Catalog catalog(directory.path(), search_path);
  std::filesystem::remove_all(directory / "a/1-aaaaaaaaaaaa");
  version("1-aaaaaaaaaaaa");
  EXPECT_TRUE(nobody_holds(directory / "a/1-aaaaaaaaaaaa"));
  catalog.reload();
  EXPECT_FALSE(nobody_holds(directory / "a/1-aaaaaaaaaaaa"));
}

TEST_F(InstalledIn, AVersionWithAFaultLeavesTheFormerOneInForce) {
  version("1-aaaaaaaaaaaa");
  version("2-cccccccccccc", "slots: many\n");
  switch_to("1-aaaaaaaaaaaa");
  Catalog catalog(directory.path(), search_path);
  const DefinitionPtr former = catalog.find("a")->definition;
  switch_to("2-cccccccccccc");
  ASSERT_TRUE(catalog.changed());
  catalog.reload();
  EXPECT_EQ(catalog.faults().size(), 1u);
  ASSERT_NE(catalog.find("a"), nullptr);
  EXPECT_EQ(catalog.find("a")->definition, former);
}

// --- cadre engine test
// -------------------------------------------------------------------------------------------------

class EngineTestOf : public CatalogOf {
 protected:
  int run() {
    out.str("");
    err.str("");
    return engine_test(directory / "e", test, out, err);
  }
  void engine(const std::string& text, const std::string& more = {}) {
    add("e", "name: e\ncommand: [./run]\n" + more);
    write_file(directory / "e/run", text, true);
  }
  void expect_out(const std::string& words) {
    EXPECT_NE(out.str().find(words), std::string::npos) << words << " in\n" << out.str();
  }
  EngineTest test;
  std::ostringstream out, err;
};

TEST_F(EngineTestOf, ASuccessShowsAndWritesTheResults) {
  engine(
      "#!/bin/sh\necho note >&2\ncp \"$CADRE_JOB_INPUT\" \"$CADRE_JOB_OUTPUT_DIR/copy\"\ncp \"$CADRE_JOB_PARAMS\" "
      "\"$CADRE_JOB_OUTPUT_DIR/params\"\n");
  write_file(directory / "in", "payload");
  test.input = directory / "in";
  test.params = R"({"a":1})";
  test.output = directory / "results";
  EXPECT_EQ(run(), 0) << err.str();
  expect_out("succeeded");
  expect_out("copy  7 bytes");
  expect_out("note");
  EXPECT_EQ(read_file(directory / "results/copy"), "payload");
  EXPECT_EQ(read_file(directory / "results/params"), R"({"a":1})");
}

TEST_F(EngineTestOf, WithoutParametersAnEnginesOwnTestIsRun) {
  engine("#!/bin/sh\ncp \"$CADRE_JOB_PARAMS\" \"$CADRE_JOB_OUTPUT_DIR/params\"\ngrep -q good\n");
  test.params = "";
  test.output = directory / "results";
  write_file(directory / "e/test/input", "good");
  EXPECT_EQ(run(), 0) << err.str();
  expect_out("succeeded");
  EXPECT_EQ(read_file(directory / "results/params"), "{}");
  write_file(directory / "e/test/params.json", R"({"a":1})");
  EXPECT_EQ(run(), 0) << err.str();
  EXPECT_EQ(read_file(directory / "results/params"), R"({"a":1})");
  write_file(directory / "e/test/input", "bad");
  EXPECT_EQ(run(), 1);
  std::filesystem::remove(directory / "e/test/input");
  EXPECT_EQ(run(), 1) << "parameters alone are a test as well, with an empty payload";
  write_file(directory / "e/test/params.json", "");
  EXPECT_EQ(run(), 65) << "a file without anything is no JSON object";
}

TEST_F(EngineTestOf, WithoutATestOfItsOwnNothingIsRun) {
  engine("#!/bin/sh\ntouch " + (directory / "ran").string() + "\n");
  test.params = "";
  EXPECT_EQ(run(), 0) << err.str();
  expect_out("not run");
  EXPECT_FALSE(std::filesystem::exists(directory / "ran"));
  std::filesystem::remove(directory / "e/run");
  EXPECT_EQ(run(), 1);
  EXPECT_NE(err.str().find("No such file"), std::string::npos) << err.str();
  engine("#!/bin/sh\n", "slots: many\n");
  EXPECT_EQ(run(), 65);
}

TEST_F(EngineTestOf, AFailureSaysWhatAClusterWouldDo) {
  const std::pair<const char*, const char*> cases[] = {
      {"exit 65", "exit code 65: the job would be dead at once (bad input)"},
      {"exit 75", "tried again, on another node"},
      {"exit 78", "quarantined on this node (misconfigured)"},
      {"exit 127", "loses no attempt"},
      {"kill -11 $$", "killed by signal 11"},
      {"exec sleep 600", "time limit"},
  };
  test.time_limit = 300ms;
  for (const auto& [command, words] : cases) {
    engine("#!/bin/sh\n" + std::string{command} + "\n", "stop_grace: 100ms\n");
    EXPECT_EQ(run(), 1) << command;
    expect_out(words);
  }
}

TEST_F(EngineTestOf, TellsTheSameAsJson) {
  test.json = true;
  engine("#!/bin/sh\nprintf 'a \\377 b\\n' >&2\nprintf xyz\n");
  EXPECT_EQ(run(), 0) << err.str();
  nlohmann::json told = nlohmann::json::parse(out.str());
  EXPECT_EQ(told["engine"], "e");
  EXPECT_EQ(told["succeeded"], true);
  EXPECT_EQ(told["results"], (nlohmann::json{{{"name", "stdout"}, {"bytes", 3}}}));
  EXPECT_TRUE(told["stderr"].get<std::string>().starts_with("a ")) << told;

  engine("#!/bin/sh\nexit 75\n");
  EXPECT_EQ(run(), 1);
  told = nlohmann::json::parse(out.str());
  EXPECT_EQ(told["succeeded"], false);
  EXPECT_EQ(told["cause"], "exit code 75");
  EXPECT_NE(told["would"].get<std::string>().find("tried again"), std::string::npos) << told;

  test.params = "";
  EXPECT_EQ(run(), 0) << err.str();
  told = nlohmann::json::parse(out.str());
  EXPECT_EQ(told["run"], false) << "it has no test of its own";
  EXPECT_EQ(told["succeeded"], true);
  add("e", "name: e\ncommand: [./run]\nslots: many\n");
  EXPECT_EQ(run(), 65);
  EXPECT_EQ(out.str(), "");
}

TEST_F(EngineTestOf, AStallIsNoticed) {
  engine("#!/bin/sh\nexec sleep 600\n", "stall_limit: 200ms\nstop_grace: 100ms\n");
  EXPECT_EQ(run(), 1);
  expect_out("stalled");
}

TEST_F(EngineTestOf, FaultsOfTheManifestAndAMissingInputHaveCodesOfTheirOwn) {
  engine("#!/bin/sh\n", "colour: blue\n");
  EXPECT_EQ(run(), 65);
  EXPECT_NE(err.str().find("engine.yaml:3:1"), std::string::npos) << err.str();
  engine("#!/bin/sh\n");
  test.input = directory / "not-there";
  EXPECT_EQ(run(), 66);
  EXPECT_NE(err.str().find("not-there"), std::string::npos);
  test.input.clear();
  test.params = "[]";
  EXPECT_EQ(run(), 65);
}

// --- ENGINES.md
// ----------------------------------------------------------------------------------------------------------

// Writes every code block that names its file ("# file: word-count/run.sh") below `directory`.
int write_examples(const std::filesystem::path& directory) {
  std::istringstream page{read_file(CADRE_SOURCE_DIR "/worker/engine/ENGINES.md")};
  std::string line, block, name;
  int written = 0;
  for (bool inside = false; std::getline(page, line);) {
    if (line.starts_with("```")) {
      if (inside && !name.empty()) {
        write_file(directory / name, block, true);
        ++written;
      }
      inside = !inside;
      block.clear();
      name.clear();
    } else if (inside) {
      constexpr std::string_view label = "# file: ";
      if (line.starts_with(label)) name = line.substr(label.size());
      block += line + "\n";
    }
  }
  return written;
}

TEST_F(EngineTestOf, TheExamplesOfThePageWorkAsPrinted) {
  ASSERT_EQ(write_examples(directory.path()), 4);
  write_file(directory / "text", "three little words\n");
  write_file(directory / "noise", "\xff\xfe");
  test.output = directory / "results";
  for (const char* engine : {"word-count", "upper"}) {
    test.input = directory / "text";
    EXPECT_EQ(engine_test(directory / engine, test, out, err), 0) << out.str() << err.str();
    test.input = directory / "noise";
    EXPECT_EQ(engine_test(directory / engine, test, out, err), 1);
    expect_out("exit code 65");
    expect_out("dead at once (bad input)");
  }
  EXPECT_EQ(read_file(directory / "results/words.txt"), "3\n");
  EXPECT_EQ(read_file(directory / "results/upper.txt"), "THREE LITTLE WORDS\n");
}

}  // namespace
}  // namespace cadre::engine::test
