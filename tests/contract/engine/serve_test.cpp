// What is particular to engines of mode serve: the life of the process, and what the worker makes of broken lines.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/contract/engine/harness.hpp"
#include "worker/engine/serve_frames.hpp"

namespace cadre::engine::test {
namespace {

class Serve : public testing::Test {
 protected:
  pid_t pid_of(const DefinitionPtr& engine) {
    return nlohmann::json::parse(only_output(bench.run(engine, R"({"do":"process"})")))["pid"];
  }
  // An engine in Python that begins like every other and answers the first job with `answer`.
  DefinitionPtr answering(const std::string& answer, const std::string& greeting = R"({"t":"ready","v":1})") {
    return script(directory,
                  "#!/usr/bin/env python3\nimport json, os, signal, sys\n"
                  "out, source = sys.stdout.buffer, sys.stdin.buffer\n"
                  "def say(text):\n  out.write(text.encode()); out.flush()\n"
                  "source.readline()\nsay('" +
                      greeting +
                      "\\n')\n"
                      "for line in source:\n"
                      "  header = json.loads(line)\n"
                      "  if header['t'] == 'bye': break\n"
                      "  if header['t'] != 'job': continue\n"
                      "  payload = source.read(header['bytes'])\n  " +
                      answer + "\n",
                  EngineMode::serve);
  }
  AttemptEnd run(const DefinitionPtr& engine) { return bench.run(engine, "{}"); }
  void expect_protocol(const AttemptEnd& end, const std::string& words) {
    EXPECT_EQ(end.kind, EndKind::failed);
    EXPECT_EQ(end.cause, Cause::protocol);
    EXPECT_NE(end.message.find(words), std::string::npos) << end.message;
  }
  Directory directory;
  Bench bench;
};

TEST_F(Serve, OneProcessServesOneJobAfterAnother) {
  const DefinitionPtr engine = behave(EngineMode::serve);
  const pid_t first = pid_of(engine);
  bench.run(engine, R"({"do":"fail","code":65})");
  EXPECT_EQ(pid_of(engine), first);
}

TEST_F(Serve, JobsAtOnceGetProcessesOfTheirOwn) {
  const DefinitionPtr engine = behave(EngineMode::serve);
  const AttemptId one = bench.start(engine, R"({"do":"process"})");
  const AttemptId two = bench.start(engine, R"({"do":"process"})");
  EXPECT_NE(only_output(bench.end_of(one)), only_output(bench.end_of(two)));
}

TEST_F(Serve, AProcessIsRecycledAfterItsJobs) {
  const DefinitionPtr engine = with(behave(EngineMode::serve), [](Definition& d) { d.recycle_jobs = 2; });
  const pid_t first = pid_of(engine);
  EXPECT_EQ(pid_of(engine), first);
  EXPECT_NE(pid_of(engine), first);
  EXPECT_TRUE(bench.until([&] { return ::kill(first, 0) != 0; })) << "it was told bye";
}

TEST_F(Serve, AProcessIsRecycledWhenItIdles) {
  const DefinitionPtr engine = with(behave(EngineMode::serve), [](Definition& d) { d.recycle_idle = 50ms; });
  const pid_t first = pid_of(engine);
  EXPECT_TRUE(bench.until([&] { return ::kill(first, 0) != 0; }));
  EXPECT_EQ(bench.directories(), 0u);
}

TEST_F(Serve, AProcessGoesWhenNobodyWillAskForItsDefinitionAgain) {
  const DefinitionPtr leaving = behave(EngineMode::serve), staying = behave(EngineMode::serve);
  const DefinitionPtr other = with(staying, [](Definition& d) { d.name = "other"; });
  const pid_t idle = pid_of(leaving), stays = pid_of(other);
  bench.host().keep_only(read_clocks(), {leaving, other});
  EXPECT_EQ(pid_of(leaving), idle);
  bench.host().keep_only(read_clocks(), {other});
  EXPECT_TRUE(bench.until([&] { return ::kill(idle, 0) != 0; }));
  EXPECT_EQ(pid_of(other), stays);
}

TEST_F(Serve, AProcessThatNobodyWillAskForAgainEndsItsJobFirst) {
  const DefinitionPtr engine = behave(EngineMode::serve);
  const pid_t pid = pid_of(engine);
  const AttemptId last = bench.start(engine, R"({"do":"process"})");
  bench.host().keep_only(read_clocks(), {});
  EXPECT_EQ(nlohmann::json::parse(only_output(bench.end_of(last)))["pid"], pid);
  EXPECT_TRUE(bench.until([&] { return ::kill(pid, 0) != 0; }));
}

TEST_F(Serve, AProcessIsRecycledWhenItHasGrown) {
  const DefinitionPtr engine = with(behave(EngineMode::serve), [](Definition& d) { d.recycle_memory = 1; });
  EXPECT_NE(pid_of(engine), pid_of(engine));
}

TEST_F(Serve, WhoIgnoresByeIsKilledAfterTheGrace) {
  const DefinitionPtr engine = with(answering("say(json.dumps({'t':'done','id':header['id'],'bytes':len(str(os.getpid()"
                                              "))})+'\\n'+str(os.getpid())); signal.pause()"),
                                    [](Definition& d) { d.recycle_jobs = 1; });
  const pid_t pid = std::stoi(only_output(run(engine)));
  EXPECT_TRUE(bench.until([&] { return ::kill(pid, 0) != 0; }));
}

TEST_F(Serve, AChangedDefinitionGetsANewProcess) {
  const pid_t first = pid_of(behave(EngineMode::serve));
  EXPECT_NE(pid_of(behave(EngineMode::serve)), first);
  EXPECT_TRUE(bench.until([&] { return ::kill(first, 0) != 0; }));
}

TEST_F(Serve, ACancelledJobLeavesTheProcessInUse) {
  const DefinitionPtr engine = answering(
      "header2 = json.loads(source.readline()); "
      "say(json.dumps({'t':'fail','id':header['id'],'code':1}) + '\\n') if header2 == {'t':'cancel','id':header['id']} "
      "else None");
  for (int i = 0; i < 2; ++i) {
    const AttemptId attempt = bench.start(engine, "{}");
    bench.kill(attempt, i == 0 ? Cause::time_limit : Cause::abandoned, 10s);
    EXPECT_EQ(bench.end_of(attempt).cause, i == 0 ? Cause::time_limit : Cause::abandoned);
  }
  EXPECT_EQ(bench.directories(), 1u);
}

TEST_F(Serve, AJobCancelledBeforeReadyIsNeverHandedOver) {
  const DefinitionPtr engine = behave(EngineMode::serve);
  const AttemptId attempt = bench.start(engine, R"({"do":"echo"})");
  bench.kill(attempt, Cause::abandoned, 10s);
  EXPECT_EQ(bench.end_of(attempt).cause, Cause::abandoned);
  EXPECT_EQ(only_output(bench.run(engine, R"({"do":"echo"})", "x")), "x");
  EXPECT_EQ(bench.directories(), 1u) << "the process that was starting took the next job";
}

TEST_F(Serve, WhatAJobLeavesInTheDirectoryIsGoneForTheNext) {
  const DefinitionPtr engine = answering(
      "names = ','.join(os.listdir(header['dir'])); open(os.path.join(header['dir'], 'left'), 'w').close(); "
      "os.mkdir('sub'); "
      "say(json.dumps({'t':'done','id':header['id'],'bytes':len(names)}) + '\\n' + names)");
  EXPECT_EQ(only_output(run(engine)), "");
  EXPECT_EQ(only_output(run(engine)), "");
}

TEST_F(Serve, HeadersCarryParametersOnOneLine) {
  const DefinitionPtr engine = answering(
      "text = json.dumps([header['params'], header['attempt'], header['engine'], header.get('deadline')]); "
      "say(json.dumps({'t':'done','id':header['id'],'bytes':len(text)}) + '\\n' + text)");
  Order order = bench.order(engine, "{\n \"a\": \"b\\n\",\n \"list\": [1, 2]\n}");
  order.deadline = WallTime{std::chrono::seconds{1'800'000'000}};
  EXPECT_EQ(nlohmann::json::parse(only_output(bench.end_of(bench.start(std::move(order))))),
            nlohmann::json::parse(R"([{"a":"b\n","list":[1,2]},1,"script","2027-01-15T08:00:00.000Z"])"));
}

TEST_F(Serve, AnIdleProcessIsAskedAndKilledWhenItDoesNotAnswer) {
  bench.close();
  HostOptions options;
  options.ping_interval = 20ms;
  options.ping_limit = 300ms;
  Bench asking(options);
  const DefinitionPtr good = behave(EngineMode::serve);
  only_output(asking.run(good, R"({"do":"echo"})"));
  const pid_t pid = nlohmann::json::parse(only_output(asking.run(good, R"({"do":"process"})")))["pid"];
  EXPECT_FALSE(asking.until([&] { return ::kill(pid, 0) != 0; }, 500ms)) << "it answers, and lives";
  const DefinitionPtr deaf =
      answering("say(json.dumps({'t':'done','id':header['id'],'bytes':len(str(os.getpid()))})+'\\n'+str(os.getpid()))");
  const pid_t other = std::stoi(only_output(asking.run(deaf, "{}")));
  EXPECT_TRUE(asking.until([&] { return ::kill(other, 0) != 0; }));
}

// --- starting --------------------------------------------------------------------------------------------------------

TEST_F(Serve, WhoIsNotReadyInTimeIsBroken) {
  const DefinitionPtr engine = with(script(directory, "#!/bin/sh\nexec sleep 600\n", EngineMode::serve),
                                    [](Definition& d) { d.start_limit = 100ms; });
  const AttemptEnd end = run(engine);
  EXPECT_EQ(end.cause, Cause::engine_broken);
  EXPECT_NE(end.message.find("\"ready\" within 100ms"), std::string::npos) << end.message;
}

TEST_F(Serve, WhoEndsBeforeReadyIsBrokenUnlessItsCodeSaysMore) {
  AttemptEnd end = run(script(directory, "#!/bin/sh\necho no library >&2\nexit 1\n", EngineMode::serve));
  EXPECT_EQ(end.cause, Cause::engine_broken);
  EXPECT_NE(end.message.find("exit code 1"), std::string::npos) << end.message;
  EXPECT_EQ(end.stderr_tail, "no library\n");
  end = run(script(directory, "#!/bin/sh\nexit 75\n", EngineMode::serve));
  EXPECT_EQ(end.cause, Cause::exit_code);
  EXPECT_EQ(end.code, 75);
  end = run(script(directory, "#!/bin/sh\nkill -9 $$\n", EngineMode::serve));
  EXPECT_EQ(end.cause, Cause::engine_broken);
}

TEST_F(Serve, AMissingProgramIsBroken) {
  const AttemptEnd end = run(with(behave(EngineMode::serve), [](Definition& d) { d.command = {"./missing"}; }));
  EXPECT_EQ(end.cause, Cause::engine_broken);
  EXPECT_EQ(bench.directories(), 0u);
}

TEST_F(Serve, AnotherVersionOfTheContractIsRefused) {
  expect_protocol(run(answering("pass", R"({"t":"ready","v":2})")), "\"v\":1");
  expect_protocol(run(answering("pass", R"({"t":"done","id":"1-1"})")), "\"ready\"");
  expect_protocol(run(answering("pass", "Loading model...")), "found Loading model...");
}

// --- breaking the contract -------------------------------------------------------------------------------------------

TEST_F(Serve, EndingWithoutAnAnswerIsNoSuccess) {
  expect_protocol(run(answering("sys.exit(0)")), "exit code 0");
  const AttemptEnd end = run(answering("sys.exit(3)"));
  EXPECT_EQ(end.cause, Cause::exit_code);
  EXPECT_EQ(end.code, 3);
}

TEST_F(Serve, AnAnswerJustBeforeTheEndCounts) {
  const AttemptEnd end =
      run(answering("say(json.dumps({'t':'done','id':header['id'],'bytes':2}) + '\\nok'); os._exit(3)"));
  EXPECT_EQ(only_output(end), "ok");
}

TEST_F(Serve, HalfAnAnswerBeforeTheEndDoesNot) {
  const AttemptEnd end =
      run(answering("say(json.dumps({'t':'done','id':header['id'],'bytes':3}) + '\\nok'); os._exit(3)"));
  EXPECT_EQ(end.cause, Cause::exit_code);
  EXPECT_EQ(end.code, 3);
}

TEST_F(Serve, LinesThatAreNotInTheContractEndTheAttempt) {
  const std::pair<const char*, const char*> cases[] = {
      {"say('hello world\\n')", "found hello world"},
      {"say('[]\\n')", "JSON object"},
      {"say('{\"t\":\"gone\"}\\n')", "\"t\" to be"},
      {"say('{\"t\":\"done\",\"id\":\"9-9\",\"bytes\":0}\\n')", "answer to job 1-"},
      {"say('{\"t\":\"ready\",\"v\":1}\\n')", "once"},
      {"say(json.dumps({'t':'done','id':header['id'],'bytes':-1}) + '\\n')", "\"bytes\""},
      {"say(json.dumps({'t':'done','id':header['id'],'bytes':'2'}) + '\\n')", "\"bytes\""},
      {"say(json.dumps({'t':'done','id':header['id'],'files':{}}) + '\\n')", "\"files\""},
      {"say(json.dumps({'t':'done','id':header['id'],'files':[{'name':'../x','bytes':0}]}) + '\\n')",
       "names of letters"},
      {"say(json.dumps({'t':'done','id':header['id'],'files':[{'name':'x','bytes':0}]*2}) + '\\n')", "once"},
      {"say(json.dumps({'t':'done','id':header['id'],'bytes':5,'files':[{'name':'x','bytes':0}]}) + '\\n')", "sum"},
      {"say(json.dumps({'t':'fail','id':header['id'],'code':0}) + '\\n')", "\"code\""},
      {"say(json.dumps({'t':'fail','id':header['id'],'code':1,'bytes':4}) + '\\nabcd')", "no \"bytes\""},
      {"say('{' + 'x' * 70000)", "a line of at most 64 KiB"},
      {"os.close(1); signal.pause()", "found its end while the process lives"},
  };
  for (const auto& [answer, words] : cases) {
    SCOPED_TRACE(answer);
    expect_protocol(run(answering(answer)), words);
  }
  EXPECT_TRUE(bench.until([&] { return bench.directories() == 0; })) << "none of these processes is used again";
}

TEST_F(Serve, AnAnnouncedResultOverTheCapIsNotRead) {
  const AttemptEnd end =
      run(answering("say(json.dumps({'t':'done','id':header['id'],'bytes':1 << 40}) + '\\n'); signal.pause()"));
  EXPECT_EQ(end.cause, Cause::output_too_large);
}

TEST_F(Serve, ALargePayloadAndALargeResultCrossEachOther) {
  // The engine writes before it has read everything: neither side may wait for the other.
  const DefinitionPtr engine =
      script(directory,
             "#!/usr/bin/env python3\nimport json, sys\nout, source = sys.stdout.buffer, sys.stdin.buffer\n"
             "source.readline()\nout.write(b'{\"t\":\"ready\",\"v\":1}\\n'); out.flush()\n"
             "h = json.loads(source.readline())\nn = h['bytes']\n"
             "out.write(json.dumps({'t':'done','id':h['id'],'bytes':n}).encode() + b'\\n')\n"
             "while n:\n  block = source.read(min(n, 65536)); out.write(block); out.flush(); n -= len(block)\n"
             "source.readline()\n",
             EngineMode::serve);
  const std::string payload(6u << 20, 'p');
  EXPECT_EQ(only_output(bench.run(engine, "{}", payload)), payload);
}

TEST_F(Serve, ProgressOfAJobThatHasEndedIsIgnored) {
  const DefinitionPtr engine = answering(
      "say(json.dumps({'t':'done','id':header['id'],'bytes':0}) + '\\n' + "
      "json.dumps({'t':'progress','id':header['id'],'progress':1}) + '\\n')");
  EXPECT_EQ(only_output(run(engine)), "");
  EXPECT_EQ(only_output(run(engine)), "");
  EXPECT_EQ(bench.directories(), 1u);
}

TEST(ServeFrames, UnknownFieldsAreIgnored) {
  const auto line = parse_engine_line(R"({"t":"done","id":"1-2","bytes":3,"colour":"blue","files2":[]})");
  ASSERT_TRUE(line) << line.error();
  EXPECT_EQ(line->id, "1-2");
  EXPECT_EQ(line->bytes, 3u);
}

TEST(ServeFrames, HugeSizesDoNotOverflow) {
  std::string files;
  for (int i = 0; i < 200; ++i)
    files +=
        (i > 0 ? "," : "") + std::string{R"({"name":"f)"} + std::to_string(i) + R"(","bytes":18446744073709551615})";
  const auto line = parse_engine_line(R"({"t":"done","id":"1-2","files":[)" + files + "]}");
  ASSERT_TRUE(line) << line.error();
  EXPECT_GT(line->bytes, std::uint64_t{limits::payload_bytes_ceiling});
}

}  // namespace
}  // namespace cadre::engine::test
