// New machines: a ticket lets one key in, once, until its time; whatever is up first.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/net/join.hpp"
#include "common/os/secret_file.hpp"
#include "tests/e2e/daily.hpp"
#include "tests/support/http.hpp"

namespace cadre::test {
namespace {

using Json = nlohmann::json;

class Joins : public testing::Test {
 protected:
  // What the tool prints on standard output alone.
  Ran data(const std::string& arguments) {
    return run(fmt::format("{} --config {} {} 2>/dev/null", binary("cadre"), cluster_.config().string(), arguments));
  }
  // A ticket from the tool, as an administrator gets it.
  std::string ticket(const std::string& node, const std::string& more = "") {
    const Ran made = data(fmt::format("node ticket {} --address {} {}", node, cluster_.address(), more));
    EXPECT_EQ(made.code, 0);
    return made.out;
  }
  // `cadre node join` on a machine that has nothing yet.
  Ran join(const std::string& ticket, const std::string& place, const std::string& more = "") {
    const auto file = cluster_.directory() / (place + ".ticket");
    std::filesystem::remove(file);
    EXPECT_TRUE(os::write_secret(file, ticket.substr(0, ticket.find('\n'))));
    return run(fmt::format("{} --json node join {} --dir {} --spool {} {} 2>{}", binary("cadre"), file.string(), home(place).string(),
                           (home(place) / "spool").string(), more, errors(place).string()));
  }
  std::filesystem::path home(const std::string& place) const { return cluster_.directory() / place; }
  std::filesystem::path errors(const std::string& place) const { return cluster_.directory() / (place + ".errors"); }
  std::string said(const std::string& place) const { return content(errors(place)); }
  // With the file that `join` wrote, but for the port of its pages: that of two workers of one machine would be the same.
  Daemon worker(const std::string& place, std::uint16_t pages = 0) {
    const auto file = home(place) / "alone.yaml";
    std::ofstream(file) << content(home(place) / "node.yaml") << fmt::format("monitor:\n  worker_port: {}\n", pages);
    return Daemon({binary("cadre-worker"), "--config", file.string()}, home(place) / "worker.log");
  }
  Json keys(const std::string& name) {
    const Ran listed = data("--json key list");
    Json of_name = Json::array();
    for (const auto& key : Json::parse(listed.out))
      if (key["name"] == name) of_name.push_back(key);
    return of_name;
  }
  bool ready(const std::string& node) {
    return eventually(20s, [&] {
      const Ran listed = data("--json node list");
      if (listed.code != 0) return false;
      for (const auto& one : Json::parse(listed.out))
        if (one["node"] == node && one["state"] == "ready") return true;
      return false;
    });
  }
  // What comes of a ticket in the hands of somebody with that key.
  net::JoinEnd redeem(const std::string& text, const net::KeyPair& own, Duration patience = 10s) {
    zmq::context_t context;
    return net::join(context, *net::parse_ticket(text), own, patience);
  }
  Cluster cluster_{[] {
    Cluster::Options options;
    options.workers = {"w1"};
    options.broker_yaml = "policy:\n  seat_ttl: 1s\n  lease_ttl: 30s\n  beat_interval: 200ms\n  free_space_min: 16MiB\n";
    return options;
  }()};
};

TEST_F(Joins, ANewMachineIsANodeWithTwoCommandsAndNoRestart) {
  up(cluster_);
  const std::string text = ticket("ext-02");
  const Ran joined = join(text, "new");
  ASSERT_EQ(joined.code, 0) << said("new");
  const Json told = Json::parse(joined.out);
  EXPECT_EQ(told["joined"], true);
  EXPECT_EQ(told["node"], "ext-02");
  const Daemon daemon = worker("new");
  EXPECT_TRUE(ready("ext-02"));
  std::string states;
  for (const auto& key : keys("ext-02")) {
    states += fmt::format("{}{} ", key["role"].get<std::string>(), key["revoked"].get<bool>() ? "-" : "+");
    if (key["role"] == "worker") {
      EXPECT_EQ(key["fingerprint"], told["fingerprint"]) << "the master shows what the node shows";
    }
  }
  EXPECT_TRUE(states == "join- worker+ " || states == "worker+ join- ") << states;
  struct stat facts {};
  ASSERT_EQ(::stat((home("new") / "keys/worker.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777u, 0600u);
  EXPECT_FALSE(std::filesystem::exists(home("new") / "keys/join.ticket")) << "it counts no more, and lies about no longer";
  // The same command once more changes nothing, though the ticket has been used: the key is in.
  const Ran again = join(text, "new");
  EXPECT_EQ(again.code, 0) << said("new");
  EXPECT_EQ(Json::parse(again.out)["joined"], true);
  EXPECT_EQ(Json::parse(again.out)["changed"], Json::array());
}

TEST_F(Joins, TheWorkerRedeemsTheTicketWhenTheMasterComesUpLater) {
  up(cluster_);
  const std::string text = ticket("late");
  ASSERT_EQ(cluster_.broker().stop(5s), 0);
  const Ran joined = join(text, "late", "--wait 1s");
  ASSERT_EQ(joined.code, 0) << said("late");
  EXPECT_EQ(Json::parse(joined.out)["joined"], false);
  EXPECT_TRUE(std::filesystem::exists(home("late") / "keys/join.ticket"));
  const auto pages = os::free_port();
  ASSERT_TRUE(pages) << pages.error();
  const Daemon daemon = worker("late", *pages);
  ASSERT_TRUE(daemon.says("joining", 10s));
  ASSERT_TRUE(daemon.says("not_joined_yet", 60s)) << "it says what it waits for";
  std::string page;
  EXPECT_TRUE(eventually(20s, [&] { return (page = get(*pages, "/readyz").body).starts_with("[-]admitted: its ticket is not redeemed yet: "); })) << page;
  cluster_.start_broker();
  EXPECT_TRUE(ready("late"));
  EXPECT_TRUE(eventually(5s, [&] { return get(*pages, "/readyz").code == 200; }));
  EXPECT_TRUE(eventually(5s, [&] { return !std::filesystem::exists(home("late") / "keys/join.ticket"); }));
}

TEST_F(Joins, AMachineWithNothingButConfigurationAndTicketMakesItsKeyItself) {
  up(cluster_);
  const std::string text = ticket("bare");
  cluster_.write_worker_file("bare", "  ticket_file: keys/bare.ticket\n");
  ASSERT_TRUE(os::write_secret(cluster_.directory() / "keys/bare.ticket", text.substr(0, text.find('\n'))));
  std::filesystem::remove(cluster_.directory() / "keys/bare.key");
  std::filesystem::remove(cluster_.directory() / "keys/bare.pub");
  cluster_.start_worker("bare");
  EXPECT_TRUE(ready("bare"));
  EXPECT_TRUE(std::filesystem::exists(cluster_.directory() / "keys/bare.key"));
  EXPECT_FALSE(std::filesystem::exists(cluster_.directory() / "keys/bare.ticket"));
}

TEST_F(Joins, ATicketLetsOneKeyInOnce) {
  up(cluster_);
  const std::string text = ticket("once");
  const auto first = net::make_key_pair(), second = net::make_key_pair();
  const auto in = redeem(text, first);
  ASSERT_EQ(in.how, net::Joining::in) << in.why;
  EXPECT_EQ(in.name, "once");
  const auto out = redeem(text, second);
  EXPECT_EQ(out.how, net::Joining::refused);
  EXPECT_NE(out.why.find("cadre node ticket once"), std::string::npos) << out.why;
  EXPECT_EQ(redeem(text, first).how, net::Joining::in) << "who lost the answer asks again, and is in";
  EXPECT_EQ(cluster_.query("SELECT COUNT(*) FROM node_key WHERE name='once' AND role=1").i64(0, 0), 1);
}

// Both reach the broker before either is written down.
TEST_F(Joins, TwoMachinesWithOneTicketAreOneNode) {
  up(cluster_);
  for (int round = 0; round < 5; ++round) {
    const std::string node = fmt::format("twin-{}", round), text = ticket(node);
    std::array<net::JoinEnd, 2> ends;
    std::array<std::thread, 2> threads;
    for (std::size_t i = 0; i < 2; ++i) threads[i] = std::thread([&, i] { ends[i] = redeem(text, net::make_key_pair()); });
    for (auto& thread : threads) thread.join();
    EXPECT_NE(ends[0].how == net::Joining::in, ends[1].how == net::Joining::in) << ends[0].why << "\n" << ends[1].why;
    EXPECT_EQ(cluster_.query(fmt::format("SELECT COUNT(*) FROM node_key WHERE name='{}' AND role=1 AND NOT revoked", node)).i64(0, 0), 1);
  }
}

TEST_F(Joins, ATicketEndsByTimeAndByHand) {
  up(cluster_);
  const std::string brief = ticket("brief", "--valid-for 1s"), taken_back = ticket("back");
  ASSERT_TRUE(eventually(5s, [&] { return keys("brief").at(0)["expired"] == true; }));
  const auto late = redeem(brief, net::make_key_pair());
  EXPECT_EQ(late.how, net::Joining::refused);
  EXPECT_NE(late.why.find("has expired"), std::string::npos) << late.why;
  ASSERT_EQ(cluster_.tool("key revoke --yes back").code, 0);
  EXPECT_EQ(redeem(taken_back, net::make_key_pair()).how, net::Joining::refused);
  const Ran refused = join(brief, "refused");
  EXPECT_EQ(refused.code, 77) << said("refused");
  EXPECT_NE(said("refused").find("cadre node ticket brief"), std::string::npos) << said("refused");
}

// Where the ticket cannot be written nobody is let in, and nothing of somebody else's is overwritten.
TEST_F(Joins, ATicketThatCannotBeWrittenIsNone) {
  up(cluster_);
  const auto file = cluster_.directory() / "there.ticket";
  std::ofstream(file) << "somebody else's";
  EXPECT_EQ(data(fmt::format("node ticket there --address {} --file {}", cluster_.address(), file.string())).code, 73);
  EXPECT_EQ(content(file), "somebody else's");
  EXPECT_EQ(keys("there"), Json::array());
  const auto never = cluster_.directory() / "never.ticket";
  EXPECT_EQ(data(fmt::format("node ticket never --valid-for 90d --address {} --file {}", cluster_.address(), never.string())).code, 1);
  EXPECT_FALSE(std::filesystem::exists(never)) << "the broker said no";
}

// Whoever has a ticket could name a key that is not his own.
TEST_F(Joins, ATicketChangesNoKeyThatIsKnown) {
  up(cluster_);
  const auto admin = *net::read_secret_key(cluster_.directory() / "keys/admin.key");
  const auto end = redeem(ticket("thief"), {admin.public_key, net::make_key_pair().secret_key});
  EXPECT_EQ(end.how, net::Joining::refused);
  EXPECT_NE(end.why.find("known already, as admin"), std::string::npos) << end.why;
  EXPECT_EQ(cluster_.tool("--json status").code, 0) << "the administrator still is one";
  const auto gone = cluster_.make_key("gone");
  ASSERT_EQ(cluster_.tool(fmt::format("key admit gone --role worker --key='{}'", gone.public_key)).code, 0);
  ASSERT_EQ(cluster_.tool("key revoke --yes gone").code, 0);
  const auto back = redeem(ticket("returns"), gone);
  EXPECT_EQ(back.how, net::Joining::refused) << "a revoked key is never let in again";
  EXPECT_NE(back.why.find("revoked"), std::string::npos) << back.why;
}

TEST_F(Joins, ATicketMaySayNothingElse) {
  up(cluster_);
  const auto parsed = *net::parse_ticket(ticket("mute"));
  const net::KeyPair keys{*net::public_key_of(parsed.secret_key), parsed.secret_key};
  ASSERT_TRUE(net::write_key_pair(cluster_.directory() / "keys/mute.key", keys));
  auto settings = cluster_.client_settings("mute");
  settings.patience = 3s;
  EXPECT_FALSE(Client::connect(settings)) << "it is no client";
}

TEST_F(Joins, AMachineOfAnotherClusterIsNotTurned) {
  up(cluster_);
  ASSERT_EQ(join(ticket("one"), "mine").code, 0) << said("mine");
  auto other = *net::parse_ticket(ticket("two"));
  other.server_key = net::make_key_pair().public_key;
  const Ran turned = join(net::to_text(other), "mine");
  EXPECT_EQ(turned.code, 65) << said("mine");
  EXPECT_NE(said("mine").find("another cluster"), std::string::npos) << said("mine");
}

// A node's key is exchanged under a running job, which does not notice.
TEST_F(Joins, ANodeExchangesItsKeyWhileItWorks) {
  engine(cluster_, "slow", "sleep 5; echo slow");
  up(cluster_);
  const auto before = *net::read_secret_key(cluster_.directory() / "keys/w1.key");
  Client client = cluster_.client();
  const auto running = client.submit({job("slow")}, 20s);
  ASSERT_TRUE(running) << running.error();
  const auto rotate = [&] { return run(fmt::format("{} --config {} --json key rotate 2>/dev/null", binary("cadre"), (cluster_.directory() / "w1.yaml").string())); };
  const Ran rotated = rotate();
  ASSERT_EQ(rotated.code, 0) << rotated.out;
  const auto after = *net::read_secret_key(cluster_.directory() / "keys/w1.key");
  EXPECT_NE(before.public_key, after.public_key);
  EXPECT_EQ(*net::read_public_key(cluster_.directory() / "keys/w1.pub"), after.public_key);
  EXPECT_EQ(Json::parse(rotated.out)["fingerprint"], net::fingerprint(after.public_key));
  EXPECT_TRUE(cluster_.worker("w1").says("key_changed", 10s)) << cluster_.worker("w1").log();
  const auto end = client.wait({running->front().job}, Watch::result, 30s);
  ASSERT_TRUE(end) << end.error();
  EXPECT_EQ(end->front().state, JobState::done);
  EXPECT_EQ(end->front().attempt, 1u) << "the job did not notice";
  for (const auto& key : keys("w1")) EXPECT_EQ(key["revoked"], key["key"] == before.public_key) << key.dump();
  zmq::context_t context;
  const auto server = *net::read_public_key(cluster_.directory() / "keys/server.pub");
  EXPECT_TRUE(net::introduce(context, {cluster_.address(), server, "worker", before}, 5s).refused) << "the old key is shut out";

  // Interrupted between the broker and the file: the next key is in already.
  const auto next = net::make_key_pair();
  ASSERT_TRUE(net::write_key_pair(cluster_.directory() / "keys/w1.key.next", next));
  ASSERT_EQ(net::join(context, {"w1", cluster_.address(), server, after.secret_key, {}}, next, 10s).how, net::Joining::in);
  ASSERT_EQ(rotate().code, 0) << "it goes on from there";
  EXPECT_EQ(net::read_secret_key(cluster_.directory() / "keys/w1.key")->public_key, next.public_key);
  EXPECT_FALSE(std::filesystem::exists(cluster_.directory() / "keys/w1.key.next"));
  EXPECT_EQ(one(client, job("echo", "with the third key")).state, JobState::done);
}

// A broker that waited for the seat knows what the one before it has let in and shut out meanwhile.
TEST_F(Joins, TheBrokerThatTakesOverKnowsTheKeysOfToday) {
  up(cluster_);
  const auto yaml = cluster_.directory() / "standby.yaml";
  const std::uint16_t port = *os::free_port();
  std::string text = content(cluster_.config());
  const std::string mine = std::to_string(cluster_.port()), its = std::to_string(port);
  for (auto at = text.find(mine); at != std::string::npos; at = text.find(mine)) text.replace(at, mine.size(), its);
  std::ofstream(yaml) << text;
  const Daemon standby({binary("cadre-broker"), "--config", yaml.string()}, cluster_.directory() / "standby.log");
  ASSERT_TRUE(standby.says("seat_taken", 10s));
  const auto gone = cluster_.make_key("gone");
  const std::string ticket_text = ticket("fresh");
  ASSERT_EQ(cluster_.tool("key revoke --yes w1").code, 0);
  ASSERT_EQ(redeem(ticket_text, gone).how, net::Joining::in);
  cluster_.broker().kill9();
  ASSERT_TRUE(standby.says("ready", 20s));
  const auto ask = [&](const std::string& key) {
    auto settings = cluster_.client_settings(key);
    settings.address = "tcp://127.0.0.1:" + its;
    settings.patience = 3s;
    return Client::connect(settings);
  };
  EXPECT_TRUE(ask("admin"));
  const auto revoked = ask("w1");
  ASSERT_FALSE(revoked);
  EXPECT_NE(revoked.error().find("own key"), std::string::npos) << "not let in at all: " << revoked.error();
  zmq::context_t context;
  net::Ticket there = *net::parse_ticket(ticket_text);
  there.address = "tcp://127.0.0.1:" + its;
  EXPECT_EQ(net::join(context, there, gone, 5s).how, net::Joining::in) << "what was let in meanwhile is in";
}

}  // namespace
}  // namespace cadre::test
