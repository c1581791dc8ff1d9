// Who may come in, what they may say, and what strangers achieve: nothing (guarantees.md Z1 to Z6, SEC-01 to SEC-12).
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <zmq.hpp>

#include "common/net/dealer.hpp"
#include "common/protocol/codec.hpp"
#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

class Door : public testing::Test {
 protected:
  Door() { up(cluster_); }
  void expect_service() { test::expect_service(cluster_); }
  int tcp() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(cluster_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  // What comes back for one message sent with the key of `name`.
  std::optional<Message> say(zmq::context_t& context, const std::string& name, const Frames& frames, Duration patience = 5s) {
    net::Dealer::Settings settings;
    settings.address = cluster_.address();
    settings.server_key = *net::read_public_key(cluster_.directory() / "keys/server.pub");
    settings.keys = *net::read_secret_key(cluster_.directory() / ("keys/" + name + ".key"));
    auto dealer = net::Dealer::open(context, settings);
    EXPECT_TRUE(dealer);
    bool sent = false;
    std::optional<Message> heard;
    eventually(patience, [&] {
      if (!sent) sent = dealer->send(frames);
      const auto in = dealer->receive();
      if (!in) return false;
      heard = *decode(in->header.to_string_view(), in->payload.to_string_view(), 64u << 20);
      return true;
    });
    return heard;
  }
  Cluster cluster_;
};

TEST_F(Door, TellsAStrangerWhichStepFailed) {
  cluster_.make_key("stranger");
  auto settings = cluster_.client_settings("stranger");
  settings.patience = 3s;
  const auto stranger = Client::connect(settings);
  ASSERT_FALSE(stranger);
  EXPECT_NE(stranger.error().find("own key"), std::string::npos) << stranger.error();
  settings = cluster_.client_settings("admin");
  settings.patience = 2s;
  settings.server_key_file = cluster_.directory() / "keys/admin.pub";
  const auto wrong_server = Client::connect(settings);
  ASSERT_FALSE(wrong_server);
  EXPECT_NE(wrong_server.error().find("server key"), std::string::npos) << wrong_server.error();
  settings.address = "tcp://127.0.0.1:1";
  const auto nobody = Client::connect(settings);
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().find("TCP"), std::string::npos) << nobody.error();
  settings.address = "tcp://no.such.host.invalid:7171";
  const auto nowhere = Client::connect(settings);
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().find("name"), std::string::npos) << nowhere.error();
  expect_service();
}

TEST_F(Door, RefusesPeersWithoutAKeyAndPlainNoise) {
  zmq::context_t context;
  zmq::socket_t null(context, zmq::socket_type::dealer);
  null.set(zmq::sockopt::linger, 0);
  null.set(zmq::sockopt::rcvtimeo, 1500);
  null.connect(cluster_.address());
  Hello hello;
  const Frames frames = encode(hello);
  null.send(zmq::buffer(frames.header), zmq::send_flags::none);
  zmq::message_t answer;
  EXPECT_FALSE(null.recv(answer)) << "a peer without a key is not answered";
  for (const char* noise : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "\xff\xff\xff\xff", ""}) {
    const int fd = tcp();
    EXPECT_GE(send(fd, noise, strlen(noise), MSG_NOSIGNAL), 0);
    close(fd);
  }
  expect_service();
}

TEST_F(Door, AnswersGarbageFromAnAdmittedPeerWithOneRefusalAndGoesOn) {
  zmq::context_t context;
  const std::string huge_array = "\xdd\xff\xff\xff\xff", deep(1000, '\x91'), truncated = encode(Hello{}).header.substr(0, 5);
  for (const std::string& header : {huge_array, deep, truncated, std::string("\xc1"), std::string(200'000, '\x00'), std::string("\x93\x01\x63\x90", 4)}) {
    const auto heard = say(context, "admin", {header, ""});
    ASSERT_TRUE(heard.has_value());
    EXPECT_TRUE(std::holds_alternative<Refusal>(*heard)) << name_of(*heard);
  }
  expect_service();
}

TEST_F(Door, LetsEachRoleSayOnlyWhatIsAllowed) {
  zmq::context_t context;
  cluster_.execute("SELECT 1");
  const auto submit = say(context, "w1", encode(Submit{{job("echo")}}));
  ASSERT_TRUE(submit.has_value());
  EXPECT_TRUE(std::holds_alternative<Refusal>(*submit)) << "a worker may not submit";
  const auto beat = say(context, "admin", encode(Beat{}));
  ASSERT_TRUE(beat.has_value());
  EXPECT_TRUE(std::holds_alternative<Refusal>(*beat)) << "an administrator is no worker";
  expect_service();
}

TEST_F(Door, DropsOversizeFramesAndEndlessMessagesWithoutHarmToOthers) {
  zmq::context_t context;
  const auto keys = *net::read_secret_key(cluster_.directory() / "keys/admin.key");
  const auto stranger = [&] {
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndtimeo, 5000);
    socket.set(zmq::sockopt::curve_serverkey, *net::read_public_key(cluster_.directory() / "keys/server.pub"));
    socket.set(zmq::sockopt::curve_publickey, keys.public_key);
    socket.set(zmq::sockopt::curve_secretkey, keys.secret_key);
    socket.connect(cluster_.address());
    return socket;
  };
  auto big = stranger();
  big.send(zmq::message_t(40u << 20), zmq::send_flags::none);
  auto many = stranger();
  for (int i = 0; i < 5000; ++i) many.send(zmq::message_t(1), zmq::send_flags::sndmore);
  many.send(zmq::message_t(1), zmq::send_flags::none);
  expect_service();
  EXPECT_TRUE(cluster_.broker().running());
}

TEST_F(Door, AdmitsAndRevokesWithoutARestart) {
  Client admin = cluster_.client();
  const auto keys = cluster_.make_key("anna");
  ASSERT_TRUE(admin.ask("key.admit", fmt::format(R"({{"name":"anna","role":"client","key":"{}"}})", keys.public_key), 10s));
  Client anna = cluster_.client("anna");
  EXPECT_EQ(anna.welcome().name, "anna");
  ASSERT_TRUE(anna.submit({job("echo", "mine")}, 10s));
  const auto denied = anna.ask("key.list", "{}", 5s);
  EXPECT_FALSE(denied) << "keys are an administrator's business";
  ASSERT_TRUE(admin.ask("key.revoke", R"({"name":"anna"})", 10s));
  EXPECT_FALSE(anna.submit({job("echo", "too late")}, 3s)) << "from the commit of the revocation nothing is acted on";
  EXPECT_EQ(cluster_.query("SELECT COUNT(*) FROM job WHERE client='anna'").i64(0, 0), 1);
  expect_service();
}

// In an exchange of keys both are admitted for a while; where it was a slip, two machines fight for one name.
TEST_F(Door, SaysWhenAnotherKeyHasTheSameName) {
  const auto admit = [&](const std::string& name, const std::string& key) {
    return cluster_.tool(fmt::format("key admit {} --role worker --key='{}'", name, key));
  };
  const auto first = net::make_key_pair(), second = net::make_key_pair();
  const Ran alone = admit("node-7", first.public_key);
  EXPECT_EQ(alone.code, 0) << alone.out;
  EXPECT_EQ(alone.out.find("another"), std::string::npos) << alone.out;
  const Ran again = admit("node-7", first.public_key);
  EXPECT_EQ(again.out.find("another"), std::string::npos) << "the same key is no second one: " << again.out;
  const Ran both = admit("node-7", second.public_key);
  EXPECT_EQ(both.code, 0) << both.out;
  EXPECT_NE(both.out.find("another admitted key: " + first.public_key), std::string::npos) << both.out;
  EXPECT_NE(both.out.find("cadre key revoke -- '" + first.public_key + "'"), std::string::npos) << both.out;
  const Ran revoked = cluster_.tool(fmt::format("key revoke --yes -- '{}'", first.public_key));
  ASSERT_EQ(revoked.code, 0) << revoked.out;
  const Ran after = admit("node-7", second.public_key);
  EXPECT_EQ(after.out.find("another"), std::string::npos) << "a revoked key does not count: " << after.out;
}

TEST_F(Door, ShowsAClientOnlyItsOwnJobs) {
  Client admin = cluster_.client();
  const auto keys = cluster_.make_key("tom");
  ASSERT_TRUE(admin.ask("key.admit", fmt::format(R"({{"name":"tom","role":"client","key":"{}"}})", keys.public_key), 10s));
  const auto mine = admin.submit({job("sleep", "", R"({"seconds":30})")}, 10s);
  ASSERT_TRUE(mine) << mine.error();
  Client tom = cluster_.client("tom");
  const std::string named = fmt::format(R"({{"job":"{}"}})", to_string(mine->front().job));
  const auto seen = tom.ask("job.show", named, 10s);
  ASSERT_FALSE(seen);
  const auto absent = tom.ask("job.show", R"({"job":"900-1"})", 10s);
  ASSERT_FALSE(absent);
  EXPECT_EQ(seen.error().substr(0, 15), absent.error().substr(0, 15)) << "the same words as for a job that never was";
  const auto cancelled = tom.cancel({mine->front().job}, 10s);
  ASSERT_TRUE(cancelled) << cancelled.error();
  EXPECT_FALSE(cancelled->front().known);
}

}  // namespace
}  // namespace cadre::test
