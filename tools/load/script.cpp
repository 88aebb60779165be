#include "tools/load/script.h"

#include "rfb/constants.h"
#include "tools/load/settings.h"

#include <xkbcommon/xkbcommon.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <utility>

namespace covnc::load {

namespace {

constexpr std::size_t kMostSteps = 1'000'000;
constexpr Duration kPathStep = std::chrono::milliseconds(20); // between the positions of a path
constexpr Duration kTypingStep = std::chrono::milliseconds(100);
constexpr double kLongestSeconds = 86400;

// A mistake in the line that is being read.
[[noreturn]] void fail(const std::string& text)
{
    throw SettingsError(text);
}

// Words between blanks; a text in quotes is one, its first character stays a quote.
std::vector<std::string> words_of(const std::string& line)
{
    std::vector<std::string> words;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
            ++at;
            continue;
        }
        if (line[at] == '#') {
            break;
        }
        std::string word;
        if (line[at] != '"') {
            const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
            words.push_back(line.substr(at, end - at));
            at = end;
            continue;
        }
        for (word += line[at++]; at < line.size() && line[at] != '"'; ++at) {
            if (line[at] == '\\' && at + 1 < line.size()) {
                const char escaped = line[++at];
                word += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
            } else {
                word += line[at];
            }
        }
        if (at++ >= line.size()) {
            fail("the text '" + word.substr(1) + "' has no closing quote");
        }
        words.push_back(word);
    }
    return words;
}

template <typename Number>
std::optional<Number> take_number(std::string_view& text)
{
    Number number{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return {};
    }
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return number;
}

// "250ms", "1.5s"
Duration time_of(const std::string& word)
{
    std::string_view unit = word;
    const std::optional<double> number = take_number<double>(unit);
    const bool is_good = number && *number >= 0 && *number <= kLongestSeconds;
    if (is_good && unit == "ms") {
        return std::chrono::duration_cast<Duration>(
            std::chrono::duration<double, std::milli>(*number));
    }
    if (is_good && unit == "s") {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*number));
    }
    fail("'" + word + "' is no time, such as 250ms or 1.5s");
}

// "X,Y"
Point point_of(const std::string& word)
{
    std::string_view rest = word;
    const std::optional<std::int32_t> x = take_number<std::int32_t>(rest);
    const bool has_comma = rest.starts_with(',');
    rest.remove_prefix(has_comma ? 1 : 0);
    const std::optional<std::int32_t> y = take_number<std::int32_t>(rest);
    constexpr std::int32_t kMost = 65535;
    const bool is_good =
        x && y && has_comma && rest.empty() && *x >= 0 && *x <= kMost && *y >= 0 && *y <= kMost;
    if (!is_good) {
        fail("'" + word + "' is no position, such as 120,80");
    }
    return {*x, *y};
}

// A name of X, such as Return or a.
std::uint32_t keysym_of(const std::string& name)
{
    const xkb_keysym_t keysym = xkb_keysym_from_name(name.c_str(), XKB_KEYSYM_NO_FLAGS);
    if (keysym == XKB_KEY_NoSymbol) {
        fail("'" + name + "' is no key; keys have X's names, such as a, Return, Control_L, F5");
    }
    return keysym;
}

std::uint16_t button_of(const std::string& name)
{
    constexpr std::array<std::pair<const char*, std::uint16_t>, 7> kButtons{
        {{"left", kButtonLeft},
         {"middle", kButtonMiddle},
         {"right", kButtonRight},
         {"wheel-up", kButtonWheelUp},
         {"wheel-down", kButtonWheelDown},
         {"wheel-left", kButtonWheelLeft},
         {"wheel-right", kButtonWheelRight}}};
    for (const auto& [known, button] : kButtons) {
        if (name == known) {
            return button;
        }
    }
    fail("'" + name + "' is none of left, middle, right");
}

// The characters of UTF-8.
std::vector<std::uint32_t> characters_of(const std::string& text)
{
    std::vector<std::uint32_t> characters;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<std::uint8_t>(text[at]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        const bool is_start = first < 0x80 || (first >= 0xc2 && first < 0xf5);
        if (!is_start || at + length > text.size()) {
            fail("the text is not UTF-8");
        }
        std::uint32_t character = length == 1 ? first : first & (0xffU >> (length + 1));
        for (std::size_t i = 1; i < length; ++i) {
            const auto byte = static_cast<std::uint8_t>(text[at + i]);
            if ((byte & 0xc0U) != 0x80) {
                fail("the text is not UTF-8");
            }
            character = character << 6U | (byte & 0x3fU);
        }
        characters.push_back(character);
        at += length;
    }
    return characters;
}

class Writer
{
public:
    // One line's words. Throws SettingsError.
    void add_line(const std::vector<std::string>& words)
    {
        using Command = void (Writer::*)(const std::vector<std::string>&);
        constexpr std::array<std::pair<const char*, Command>, 10> kCommands{
            {{"type", &Writer::type},
             {"key", &Writer::key},
             {"hold", &Writer::hold},
             {"let-go", &Writer::let_go},
             {"move", &Writer::move},
             {"click", &Writer::click},
             {"press", &Writer::press},
             {"release", &Writer::release},
             {"wheel", &Writer::wheel},
             {"wait", &Writer::wait}}};
        if (script_.loops) {
            fail("'" + words[0] + "' comes after loop, which must be the last");
        }
        if (words[0] == "loop") {
            expect(words, 0, 0, "");
            script_.loops = true;
            return;
        }
        for (const auto& [name, command] : kCommands) {
            if (words[0] == name) {
                (this->*command)(words);
                return;
            }
        }
        fail("'" + words[0] +
             "' is no command; there are type, key, hold, let-go, move, click, press, release, "
             "wheel, wait, loop");
    }

    // Throws SettingsError where it would never end and never wait.
    Script finish()
    {
        Duration time{};
        for (const ScriptStep& step : script_.steps) {
            time += step.wait;
        }
        constexpr Duration kShortest = std::chrono::milliseconds(1);
        if (script_.loops && time < kShortest) {
            fail("'loop' without a wait");
        }
        return std::move(script_);
    }

private:
    static void expect(const std::vector<std::string>& words,
                       std::size_t least,
                       std::size_t most,
                       const std::string& what)
    {
        const std::size_t count = words.size() - 1;
        if (count < least) {
            fail("'" + words[0] + "' needs " + what);
        }
        if (count > most) {
            fail("'" + words[most + 1] + "' is too much for '" + words[0] + "'");
        }
    }

    ScriptStep& add(ScriptStep::Kind kind)
    {
        if (script_.steps.size() >= kMostSteps) {
            fail("a script of more than " + std::to_string(kMostSteps) + " steps");
        }
        script_.steps.emplace_back();
        script_.steps.back().kind = kind;
        return script_.steps.back();
    }

    void add_key(std::uint32_t keysym, bool down)
    {
        ScriptStep& step = add(ScriptStep::Kind::kKey);
        step.keysym = keysym;
        step.down = down;
    }

    void add_pointer()
    {
        ScriptStep& step = add(ScriptStep::Kind::kPointer);
        step.position = position_;
        step.buttons = buttons_;
    }

    void add_wait(Duration time) { add(ScriptStep::Kind::kWait).wait = time; }

    // type "TEXT" [every TIME]
    void type(const std::vector<std::string>& words)
    {
        expect(words, 1, 3, "a text in quotes");
        if (!words[1].starts_with('"')) {
            fail("'" + words[1] + "' is no text in quotes");
        }
        Duration step = kTypingStep;
        if (words.size() > 2) {
            if (words[2] != "every" || words.size() != 4) {
                fail("'" + words[2] + "' is not 'every' and a time");
            }
            step = time_of(words[3]);
        }
        for (const std::uint32_t character : characters_of(words[1].substr(1))) {
            const std::uint32_t keysym = character == '\n'
                                             ? keysym_of("Return")
                                             : std::uint32_t{xkb_utf32_to_keysym(character)};
            add_key(keysym, true);
            add_key(keysym, false);
            add_wait(step);
        }
    }

    // key NAME[+NAME...]: pressed in this order, let go in the other.
    void key(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a key");
        std::vector<std::uint32_t> keys;
        std::istringstream names(words[1]);
        for (std::string name; std::getline(names, name, '+');) {
            keys.push_back(keysym_of(name));
        }
        for (const std::uint32_t keysym : keys) {
            add_key(keysym, true);
        }
        for (auto keysym = keys.rbegin(); keysym != keys.rend(); ++keysym) {
            add_key(*keysym, false);
        }
    }

    void hold(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a key");
        add_key(keysym_of(words[1]), true);
    }

    void let_go(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a key");
        add_key(keysym_of(words[1]), false);
    }

    // move X,Y [X,Y...] [over TIME]: in even steps along the lines between them, from where it is.
    void move(const std::vector<std::string>& words)
    {
        std::vector<Point> points;
        std::size_t at = 1;
        while (at < words.size() && words[at] != "over") {
            points.push_back(point_of(words[at++]));
        }
        if (points.empty()) {
            fail("'move' needs a position");
        }
        Duration time{};
        if (at < words.size()) {
            if (at + 2 != words.size()) {
                fail("'over' needs a time, and is the last");
            }
            time = time_of(words[at + 1]);
        }
        for (const Point& point : points) {
            move_to(point, time / static_cast<Duration::rep>(points.size()));
        }
    }

    void move_to(Point end, Duration time)
    {
        const Point start = position_;
        const std::int64_t steps = std::max<std::int64_t>(1, time / kPathStep);
        for (std::int64_t i = 1; i <= steps; ++i) {
            const double share = static_cast<double>(i) / static_cast<double>(steps);
            const auto between = [share](std::int32_t from, std::int32_t to) {
                return from + static_cast<std::int32_t>(std::lround((to - from) * share));
            };
            position_ = {between(start.x, end.x), between(start.y, end.y)};
            if (time > Duration::zero()) {
                add_wait(time / steps);
            }
            add_pointer();
        }
    }

    void click(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a button");
        click_button(button_of(words[1]));
    }

    void click_button(std::uint16_t button)
    {
        buttons_ = static_cast<std::uint16_t>(buttons_ | button);
        add_pointer();
        buttons_ = static_cast<std::uint16_t>(buttons_ & ~button);
        add_pointer();
    }

    void press(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a button");
        buttons_ = static_cast<std::uint16_t>(buttons_ | button_of(words[1]));
        add_pointer();
    }

    void release(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a button");
        buttons_ = static_cast<std::uint16_t>(buttons_ & ~button_of(words[1]));
        add_pointer();
    }

    // wheel up|down|left|right [COUNT]
    void wheel(const std::vector<std::string>& words)
    {
        expect(words, 1, 2, "a direction");
        const std::string& direction = words[1];
        if (direction != "up" && direction != "down" && direction != "left" &&
            direction != "right") {
            fail("'" + direction + "' is none of up, down, left, right");
        }
        unsigned count = 1;
        if (words.size() == 3) {
            std::string_view rest = words[2];
            count = take_number<unsigned>(rest).value_or(0);
            if (count == 0 || !rest.empty()) {
                fail("'" + words[2] + "' is no number of steps");
            }
        }
        const std::uint16_t button = button_of("wheel-" + direction);
        for (unsigned i = 0; i < count; ++i) {
            click_button(button);
        }
    }

    void wait(const std::vector<std::string>& words)
    {
        expect(words, 1, 1, "a time");
        add_wait(time_of(words[1]));
    }

    Script script_;
    Point position_;
    std::uint16_t buttons_ = 0;
};

} // namespace

Script parse_script(const std::string& text, const std::string& file)
{
    Writer writer;
    std::istringstream lines(text);
    std::size_t number = 0;
    try {
        for (std::string line; std::getline(lines, line);) {
            ++number;
            const std::vector<std::string> words = words_of(line);
            if (!words.empty()) {
                writer.add_line(words);
            }
        }
        return writer.finish();
    } catch (const SettingsError& error) {
        throw SettingsError(file + ":" + std::to_string(number) + ": " + error.what());
    }
}

} // namespace covnc::load
