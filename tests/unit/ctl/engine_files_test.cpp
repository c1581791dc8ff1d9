#include "broker/ctl/engine_files.hpp"

#include "common/config/yaml.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

std::vector<std::string> command_in(const std::string& text, const std::string& name) {
  auto document = yaml::Document::parse(text, "engine.yaml");
  auto root = document.root();
  EXPECT_EQ(root.name("name"), name);
  const auto command = root.texts("command");
  EXPECT_EQ(root.duration("time_limit", 1s, 24h, 0s), 10min);
  document.finish();
  EXPECT_EQ(document.report(), "");
  return command;
}

// The strict reader gives back exactly the words that were typed, whatever characters they have.
TEST(EngineFiles, CommandsSurviveYaml) {
  const std::vector<std::string> words{
      "awk", "{print \"x: \" $1}", "-F", ":", "# no comment", "'", "\\n", "tab\there", "yes", "1.0", "ö", ""};
  EXPECT_EQ(command_in(engine_yaml({"count", "", words}), "count"), words);
  EXPECT_EQ(command_in(engine_yaml({"true", "", {"wc", "-l"}}), "true"), (std::vector<std::string>{"wc", "-l"}));
}

TEST(EngineFiles, LanguagesBringTheirProgram) {
  for (const char* language : {"bash", "python"}) {
    const NewEngine engine{"hello", language, {}};
    const Program program = engine_program(engine);
    EXPECT_TRUE(program.text.starts_with("#!")) << language;
    EXPECT_TRUE(contains(program.text, "Hello from hello"));
    EXPECT_EQ(command_in(engine_yaml(engine), "hello"), std::vector<std::string>{"./" + program.file});
  }
  EXPECT_EQ(engine_program({"wc", "", {"wc"}}).file, "");
}

}  // namespace
}  // namespace cadre::ctl
