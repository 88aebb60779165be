// The hostile mode: what it says of servers that are right, and of servers that are not.
#include "coroutine/combinators.h"
#include "tests/load/tiny_server.h"
#include "tools/load/abuse_bytes.h"
#include "tools/load/abuse_catalogue.h"
#include "tools/load/abuse_peer.h"
#include "tools/load/abuse_report.h"
#include "tools/load/abuse_run.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <unistd.h>

using namespace covnc;
using namespace covnc::load;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A socket's path that goes with this.
class Folder
{
public:
    Folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "covnc-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string socket() const { return path_ + "/rfb"; }

private:
    std::string path_;
};

// In virtual time: what waits costs none.
AbuseFigures attacked(TinyServer::Faults faults, const std::string& attacks, bool watches = false)
{
    const Folder folder;
    VirtualClock clock;
    EventLoop loop(&clock);
    TinyServer server(loop, folder.socket(), faults);
    LoadSettings settings;
    settings.server = Endpoint::parse("unix:" + folder.socket());
    settings.abuse = attacks;
    if (watches) {
        settings.server_pid = getpid();
    }
    AbuseFigures figures;
    const AbuseRun::Tick no_tick = [](const AbuseFigures&) {};
    AbuseRun run(loop, settings, chosen_attacks(attacks), figures, no_tick);
    loop.run(run_until_first_ends(server.run(), run.run()));
    return figures;
}

// Of the attacks that ran, each once.
std::set<std::string> verdicts(const AbuseFigures& figures)
{
    std::set<std::string> names;
    for (const AttackFigures& attack : figures.attacks) {
        names.insert(name_of(attack.verdict));
    }
    return names;
}

using Names = std::set<std::string>;

// The probe, while it is learnt what is normal, is the first connection.
constexpr std::size_t kSomewhere = 8;
constexpr const char* kSome = "versions,message-types,cut-text";

} // namespace

TEST_CASE("a server that does nothing wrong survives", "[abuse]")
{
    const AbuseFigures figures =
        attacked({},
                 "silence,abandoned-logins,one-byte,versions,protocols,early-messages,"
                 "skipped-login,security-types,cut-handshakes,passwords,tight-security,vencrypt,"
                 "rsa-aes,sasl,pixel-formats,message-types,cut-text,clipboard,fences,fence-flood,"
                 "encodings,requests,xvp,format-changes,cut-updates");
    CHECK(figures.is_still);
    CHECK(figures.size == Size{8, 4});
    for (const AttackFigures& attack : figures.attacks) {
        CAPTURE(attack.name, attack.problem);
        CHECK(attack.verdict == Verdict::kRight);
        CHECK(attack.pictures > 0);
    }
    CHECK(figures.problems.empty());
    CHECK(is_survived(figures));
    CHECK_FALSE(figures.was_interrupted);
}

TEST_CASE("memory and descriptors of a server are watched", "[abuse]")
{
    const AbuseFigures figures = attacked({}, "versions", true); // in this process
    CHECK(figures.before.memory_bytes > 0);
    CHECK(figures.before.descriptors > 3);
    CHECK(figures.after.memory_bytes > 0);
    CHECK(figures.memory_limit_bytes > figures.before.memory_bytes);
    CHECK(figures.attacks[0].most_memory_bytes >= figures.attacks[0].before.memory_bytes);
    CHECK(figures.problems.empty());
    CHECK(is_survived(figures));
}

TEST_CASE("what the server did to each connection is counted", "[abuse]")
{
    const AbuseFigures figures = attacked({}, "silence,one-byte,versions,message-types,cut-text");
    std::map<std::string, Reactions> by_name;
    for (const AttackFigures& attack : figures.attacks) {
        by_name[attack.name] = attack.reactions;
    }
    CHECK(text_of(by_name["silence"]) == "closed 2 at once, closed 8 after 10.0 s");
    CHECK(text_of(by_name["one-byte"]) == "served 4");
    CHECK(text_of(by_name["versions"]) == "closed 12 at once");
    CHECK(text_of(by_name["message-types"]) == "closed 494 at once");
    CHECK(by_name["cut-text"].kept_open > 0);
}

TEST_CASE("attacks that may change the picture do not make it wrong", "[abuse]")
{
    const AbuseFigures figures = attacked({}, "unannounced,desktop-sizes,resize-storm,qemu,random");
    CHECK(verdicts(figures) == Names{"coming"});
    CHECK(is_survived(figures));
}

TEST_CASE("of a display that moves no pixels are compared", "[abuse]")
{
    TinyServer::Faults faults;
    faults.moves = true;
    const AbuseFigures figures = attacked(faults, kSome);
    CHECK_FALSE(figures.is_still);
    CHECK(verdicts(figures) == Names{"coming"});
    CHECK(is_survived(figures));
}

TEST_CASE("a server that dies is reported, and what could not be tried any more", "[abuse]")
{
    TinyServer::Faults faults;
    faults.dies_at = kSomewhere;
    const AbuseFigures figures = attacked(faults, kSome);
    CHECK(figures.attacks[0].verdict == Verdict::kDied);
    CHECK(figures.attacks[0].problem == "nobody listens any more");
    CHECK(figures.attacks[1].verdict == Verdict::kNotRun);
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("a server that stops serving is reported", "[abuse]")
{
    TinyServer::Faults faults;
    faults.stops_at = kSomewhere;
    const AbuseFigures figures = attacked(faults, kSome);
    CHECK(figures.attacks[0].verdict == Verdict::kStalled);
    CHECK(figures.attacks[0].worst_delay >= seconds(5));
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("a server that makes everybody wait is not attacked for ever", "[abuse]")
{
    TinyServer::Faults faults;
    faults.delay = seconds(4);
    const AbuseFigures figures = attacked(
        faults,
        "versions,protocols,early-messages,skipped-login,cut-handshakes,passwords,vencrypt,"
        "tight-security,rsa-aes,sasl,pixel-formats,message-types,unannounced,cut-text,"
        "clipboard,fences,fence-flood,encodings,requests,desktop-sizes,resize-storm,qemu,"
        "xvp,cut-updates,random");
    CHECK(figures.attacks.front().verdict == Verdict::kRight); // slow, but served
    CHECK(figures.attacks.back().verdict == Verdict::kNotRun);
    CHECK(figures.seconds > 300);
    CHECK(figures.seconds < 360);
    CHECK(figures.problems ==
          std::vector<std::string>{"five minutes are over; not all attacks were tried"});
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("one wrong pixel is reported", "[abuse]")
{
    TinyServer::Faults faults;
    faults.is_wrong_at = kSomewhere;
    const AbuseFigures figures = attacked(faults, kSome);
    CHECK(verdicts(figures) == Names{"wrong pixels"});
    CHECK(figures.attacks[0].problem ==
          "the probe's picture: 1 of 32 pixels differ, the first at 0,0");
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("viewers that see different pictures after a resize are reported", "[abuse]")
{
    TinyServer::Faults faults;
    faults.is_wrong_at = kSomewhere; // another one in each picture
    const AbuseFigures figures = attacked(faults, "desktop-sizes");
    CHECK(verdicts(figures) == Names{"wrong pixels"});
}

TEST_CASE("a server that lets nobody new in is reported", "[abuse]")
{
    TinyServer::Faults faults;
    faults.refuses_at = kSomewhere;
    const AbuseFigures figures = attacked(faults, kSome);
    CHECK(verdicts(figures) == Names{"no newcomer"});
    CHECK(figures.attacks[1].pictures > 0); // whoever was in is served
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("a server that throws others out is reported, and attacked further", "[abuse]")
{
    TinyServer::Faults faults;
    faults.throws_out_at = kSomewhere;
    const AbuseFigures figures = attacked(faults, kSome);
    CHECK(figures.attacks[0].verdict == Verdict::kThrownOut);
    CHECK(figures.attacks[1].verdict == Verdict::kRight);
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("a server that lets anybody in is reported", "[abuse]")
{
    TinyServer::Faults faults;
    faults.lets_anybody_in = true;
    const AbuseFigures figures = attacked(faults, "security-types");
    CHECK(figures.attacks[0].verdict == Verdict::kLetIn);
    CHECK(figures.attacks[0].reactions.let_in == 510); // 3.7 and 3.8, all types but the one offered
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("a server that keeps connections that have ended is reported", "[abuse]")
{
    TinyServer::Faults faults;
    faults.leaks = true;
    const AbuseFigures figures = attacked(faults, "cut-handshakes", true);
    CHECK(verdicts(figures) == Names{"right"});
    // The process watched is this one, whose memory a sanitizer keeps as well.
    CHECK(
        std::any_of(figures.problems.begin(), figures.problems.end(), [](const std::string& text) {
            return text.starts_with("descriptors did not come back: ");
        }));
    CHECK_FALSE(is_survived(figures));
}

TEST_CASE("memory that does not come back is a failure", "[abuse]")
{
    AbuseFigures figures;
    figures.attacks.emplace_back();
    figures.attacks[0].verdict = Verdict::kRight;
    CHECK(is_survived(figures));
    figures.problems.emplace_back("memory did not come back");
    CHECK_FALSE(is_survived(figures));
    CHECK_FALSE(is_survived(AbuseFigures()));
}

TEST_CASE("a server that is not there ends the run before the first attack", "[abuse]")
{
    TinyServer::Faults faults;
    faults.dies_at = 1;
    CHECK_THROWS(attacked(faults, kSome));
}

TEST_CASE("attacks have names of their own, and texts that fit", "[abuse]")
{
    std::set<std::string> names;
    for (const CatalogueEntry& entry : abuse_catalogue()) {
        CAPTURE(entry.name);
        CHECK(names.insert(entry.name).second);
        CHECK(std::string(entry.name).size() <= 18);
        CHECK(std::string(entry.what).size() <= 62);
        CHECK(*entry.replays != '\0');
    }
    CHECK(chosen_attacks("all").size() == names.size());
}

TEST_CASE("attacks are chosen by name", "[abuse]")
{
    const auto chosen = chosen_attacks("fences,versions,fences");
    REQUIRE(chosen.size() == 2);
    CHECK(std::string(chosen[0]->name) == "versions");
    CHECK(std::string(chosen[1]->name) == "fences");
    for (const char* bad : {"fnces", "", "versions,", "all,x", "list"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(chosen_attacks(bad), SettingsError);
    }
}

TEST_CASE("a ServerInit is told from a refusal", "[abuse]")
{
    const Bytes init = join(u16(640), u16(480), u8(32), u8(24), u8(0), u8(1), zeros(12), u32(0));
    CHECK(holds_server_init(init));
    CHECK(holds_server_init(join(u32(0), init)));
    CHECK_FALSE(holds_server_init(join(u32(1), init)));
    CHECK_FALSE(holds_server_init(ByteView(init).first(23)));
    CHECK_FALSE(holds_server_init(join(u32(1), u32(22), text("authentication failed!"))));
    CHECK_FALSE(holds_server_init({}));
}

TEST_CASE("a server's reason is what can be read of its answer", "[abuse]")
{
    CHECK(words_in(join(u32(1), u32(11), text("not for you"))) == "not for you");
    CHECK(words_in(text("RFB 003.008\n")).empty());
    CHECK(words_in(join(u32(1), text("no"))).empty());
    CHECK(words_in(filled(300, 'x')).size() == 80);
}

TEST_CASE("reactions in words", "[abuse]")
{
    Reactions reactions;
    reactions.closed(milliseconds(499));
    reactions.closed(milliseconds(500));
    reactions.closed(seconds(10));
    reactions.kept_open = 2;
    reactions.answered("why");
    reactions.answered("why");
    reactions.answered("");
    CHECK(text_of(reactions) ==
          "closed 1 at once, closed 2 after 0.5 to 10.0 s, kept 2 open, said 'why'");
}

TEST_CASE("the figures as JSON and as a table", "[abuse]")
{
    TinyServer::Faults faults;
    faults.stops_at = kSomewhere;
    const AbuseFigures figures = attacked(faults, kSome);
    LoadSettings settings;
    settings.server = Endpoint::parse("unix:/x");
    const auto json = nlohmann::json::parse(to_json(settings, figures));
    CHECK(json["schema"] == "covnc-load-abuse 1");
    CHECK(json["survived"] == false);
    REQUIRE(json["attacks"].size() == 3);
    CHECK(json["attacks"][0]["verdict"] == "stalled");
    CHECK(json["attacks"][0]["reactions"]["closed_at_once"] == 12);
    CHECK(json["attacks"][2]["verdict"] == "not run");
    std::ostringstream table;
    write_table(table, settings, figures);
    CHECK(table.str().find("survived     0 of 3 attacks") != std::string::npos);
    CHECK(table.str().find("versions: the probe got no picture for 5 s") != std::string::npos);
}
