#include "tools/load/script.h"
#include "tools/load/settings.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::load;

namespace {

// "k61+ k61- w100 p3,4/1"
std::string played(const std::string& text)
{
    std::string out;
    const Script script = parse_script(text, "test.script");
    for (const ScriptStep& step : script.steps) {
        out += out.empty() ? "" : " ";
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(step.wait).count();
        char buffer[64];
        switch (step.kind) {
        case ScriptStep::Kind::kKey:
            std::snprintf(buffer, sizeof buffer, "k%x%c", step.keysym, step.down ? '+' : '-');
            break;
        case ScriptStep::Kind::kPointer:
            std::snprintf(buffer,
                          sizeof buffer,
                          "p%d,%d/%d",
                          step.position.x,
                          step.position.y,
                          static_cast<int>(step.buttons));
            break;
        case ScriptStep::Kind::kWait:
            std::snprintf(buffer, sizeof buffer, "w%d", static_cast<int>(ms));
            break;
        }
        out += buffer;
    }
    return script.loops ? out + " loop" : out;
}

std::string error_of(const std::string& text)
{
    try {
        parse_script(text, "test.script");
    } catch (const SettingsError& error) {
        return error.what();
    }
    return "none";
}

} // namespace

TEST_CASE("a script types texts and presses keys", "[script]")
{
    CHECK(played("type \"aB\"") == "k61+ k61- w100 k42+ k42- w100");
    CHECK(played("type \"\\\"\\n\" every 5ms") == "k22+ k22- w5 kff0d+ kff0d- w5");
    CHECK(played("type \"# \\\\\" every 0s") == "k23+ k23- w0 k20+ k20- w0 k5c+ k5c- w0");
    // Latin-1 as itself, what is beyond as X has it.
    CHECK(played("type \"\u00fc\u20ac\U0001F600\" every 1ms") ==
          "kfc+ kfc- w1 k20ac+ k20ac- w1 k101f600+ k101f600- w1");
    CHECK(played("key Return") == "kff0d+ kff0d-");
    CHECK(played("key Control_L+Alt_L+Delete") == "kffe3+ kffe9+ kffff+ kffff- kffe9- kffe3-");
    CHECK(played("hold Shift_L\nwait 1.5s # long\n\nlet-go Shift_L") == "kffe1+ w1500 kffe1-");
}

TEST_CASE("a script moves the pointer along points, with buttons and wheel", "[script]")
{
    CHECK(played("move 10,20") == "p10,20/0");
    CHECK(played("move 0,100 over 40ms") == "w20 p0,50/0 w20 p0,100/0");
    CHECK(played("move 10,0\nmove 20,0 20,4 over 40ms") == "p10,0/0 w20 p20,0/0 w20 p20,4/0");
    CHECK(played("move 1,2\nclick left") == "p1,2/0 p1,2/1 p1,2/0");
    CHECK(played("press left\npress right\nmove 5,5\nrelease left\nrelease right") ==
          "p0,0/1 p0,0/5 p5,5/5 p5,5/4 p5,5/0");
    CHECK(played("wheel down 2") == "p0,0/16 p0,0/0 p0,0/16 p0,0/0");
    CHECK(played("wheel up") == "p0,0/8 p0,0/0");
    CHECK(played("wait 1ms\nloop") == "w1 loop");
}

TEST_CASE("a mistake in a script is told with file, line and word", "[script]")
{
    CHECK(error_of("wait 1s\n\njump 3") ==
          "test.script:3: 'jump' is no command; there are type, key, hold, let-go, move, click, "
          "press, release, wheel, wait, loop");
    CHECK(error_of("wait soon") == "test.script:1: 'soon' is no time, such as 250ms or 1.5s");
    CHECK(error_of("wait -1s") == "test.script:1: '-1s' is no time, such as 250ms or 1.5s");
    CHECK(error_of("wait 1s 2s") == "test.script:1: '2s' is too much for 'wait'");
    CHECK(error_of("wait") == "test.script:1: 'wait' needs a time");
    CHECK(error_of("type hello") == "test.script:1: 'hello' is no text in quotes");
    CHECK(error_of("type \"hello") == "test.script:1: the text 'hello' has no closing quote");
    CHECK(error_of("type \"a\" slowly") == "test.script:1: 'slowly' is not 'every' and a time");
    CHECK(error_of("type \"\xc3\"") == "test.script:1: the text is not UTF-8");
    CHECK(error_of("key Enter1").starts_with("test.script:1: 'Enter1' is no key"));
    CHECK(error_of("move 3") == "test.script:1: '3' is no position, such as 120,80");
    CHECK(error_of("move 3,70000").starts_with("test.script:1: '3,70000'"));
    CHECK(error_of("move over 1s") == "test.script:1: 'move' needs a position");
    CHECK(error_of("move 1,1 over") == "test.script:1: 'over' needs a time, and is the last");
    CHECK(error_of("click here") == "test.script:1: 'here' is none of left, middle, right");
    CHECK(error_of("wheel in") == "test.script:1: 'in' is none of up, down, left, right");
    CHECK(error_of("wheel up 0") == "test.script:1: '0' is no number of steps");
    CHECK(error_of("key a\nloop") == "test.script:2: 'loop' without a wait");
    CHECK(error_of("loop\nkey a") ==
          "test.script:2: 'key' comes after loop, which must be the last");
    CHECK(error_of("wheel up 4000000000") == "test.script:1: a script of more than 1000000 steps");
    CHECK(error_of("# nothing") == "none");
}
