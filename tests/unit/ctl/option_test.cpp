// `cadre db option` on real files: what it writes, what it leaves alone.
#include <sys/stat.h>

#include <fmt/format.h>

#include "broker/ctl/command.hpp"
#include "broker/ctl/output.hpp"
#include "tests/unit/ctl/fixture.hpp"

namespace cadre::ctl {
namespace {

constexpr const char* before = "# the shop's own\r\n[client]\r\nbind-address=x\r\n[mysqld]\r\nbind-address = 127.0.0.1\r\nport=3307\r\n";
constexpr const char* after = "# the shop's own\r\n[client]\r\nbind-address=x\r\n[mysqld]\r\nbind-address = 127.0.0.1,10.1.0.5\r\nport=3307\r\n";

class OptionCommand : public ::testing::Test {
 protected:
  Json run(const std::string& line, bool json = true) {
    Globals globals;
    globals.json = json;
    out_ = printed_by(commands::db_option(), line, globals, messages_);
    return json ? Json::parse(out_) : Json();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_.file("")), {}));
  }
  static mode_t mode_of(const std::filesystem::path& file) {
    struct stat facts {};
    EXPECT_EQ(::stat(file.c_str(), &facts), 0);
    return facts.st_mode & 07777;
  }

  Directory directory_;
  std::string out_, messages_;
};

TEST_F(OptionCommand, ShowsWithoutWritingAndWritesWhenAsked) {
  const auto file = directory_.write("my.cnf", before);
  std::filesystem::permissions(file, std::filesystem::perms{0640});
  run(file.string() + " bind-address=127.0.0.1,10.1.0.5", false);
  EXPECT_EQ(out_, after);
  EXPECT_EQ(directory_.read("my.cnf"), before);
  EXPECT_TRUE(contains(messages_, "--write changes it"));
  const Json done = run(file.string() + " bind-address=127.0.0.1,10.1.0.5 --write");
  EXPECT_EQ(done["changed"], true);
  EXPECT_EQ(done["written"], true);
  EXPECT_EQ(directory_.read("my.cnf"), after);
  EXPECT_EQ(mode_of(file), 0640u);
  const std::filesystem::path backup = done["backup"].get<std::string>();
  EXPECT_EQ(directory_.read(backup.filename()), before);
  EXPECT_EQ(mode_of(backup), 0640u);
  EXPECT_NE(backup.extension(), ".cnf") << "MariaDB reads every .cnf of an included directory";
  EXPECT_EQ(files(), 2u) << "nothing else was left";
}

TEST_F(OptionCommand, TheSecondTimeChangesNothing) {
  const auto file = directory_.write("my.cnf", before);
  run(file.string() + " port=3308 --write");
  const Json again = run(file.string() + " port=3308 --write");
  EXPECT_EQ(again["changed"], false);
  EXPECT_EQ(again["written"], false);
  EXPECT_FALSE(again.contains("backup"));
  EXPECT_TRUE(contains(messages_, "says so already"));
  EXPECT_EQ(files(), 2u);
}

TEST_F(OptionCommand, SeveralAreOneEditAndOneBackup) {
  const auto file = directory_.write("my.cnf", before);
  run(file.string() + " port=3308 max_connections=200 --write");
  EXPECT_TRUE(contains(directory_.read("my.cnf"), "port=3308"));
  EXPECT_TRUE(contains(directory_.read("my.cnf"), "max-connections = 200\r\n"));
  EXPECT_EQ(files(), 2u);
  const std::string now = directory_.read("my.cnf");
  EXPECT_EQ(stop_of([&] { run(file.string() + " port=3309 max_connections=#"); }).code, Exit::usage);
  EXPECT_EQ(directory_.read("my.cnf"), now) << "all of them or none";
}

TEST_F(OptionCommand, TwoEditsWithinASecondKeepBothOldTexts) {
  const auto file = directory_.write("my.cnf", before);
  run(file.string() + " port=1 --write");
  run(file.string() + " port=2 --write");
  run(file.string() + " port=3 --write");
  EXPECT_EQ(files(), 4u);
}

TEST_F(OptionCommand, ALinkStaysALink) {
  directory_.write("real/my.cnf", before);
  std::filesystem::create_symlink("real/my.cnf", directory_.file("my.cnf"));
  run(directory_.file("my.cnf").string() + " port=3308 --write");
  EXPECT_TRUE(std::filesystem::is_symlink(directory_.file("my.cnf")));
  EXPECT_TRUE(contains(directory_.read("real/my.cnf"), "port=3308"));
}

TEST_F(OptionCommand, SaysWhatIsWrong) {
  const auto missing = stop_of([&] { run(directory_.file("none.cnf").string() + " port=1"); });
  EXPECT_EQ(missing.code, Exit::no_input);
  EXPECT_EQ(stop_of([&] { run(directory_.file("").string() + " port=1"); }).code, Exit::no_input) << "a directory";
  const auto file = directory_.write("my.cnf", before);
  EXPECT_TRUE(contains(stop_of([&] { run(file.string() + " bind-address"); }).message, "NAME=VALUE"));
  const auto huge = directory_.write("huge.cnf", std::string(2u << 20, '#'));
  EXPECT_EQ(stop_of([&] { run(huge.string() + " port=1"); }).code, Exit::bad_data);
}

// A name so long that none fits beside it: the old text stays, and no half of anything.
TEST_F(OptionCommand, WhereNothingCanBeWrittenNothingIsLost) {
  const std::string name(250, 'n');
  const auto file = directory_.write(name, before);
  EXPECT_EQ(stop_of([&] { run(file.string() + " port=1 --write"); }).code, Exit::no_output);
  EXPECT_EQ(directory_.read(name), before);
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace cadre::ctl
