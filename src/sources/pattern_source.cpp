#include "src/sources/pattern_source.h"

#include "coroutine/combinators.h"
#include "src/sources/pattern_still.h"

#include <charconv>

namespace covnc {

namespace {

constexpr Duration kTick = std::chrono::nanoseconds(std::chrono::seconds(1)) / 30;
constexpr Size kDefaultSize{1024, 768};

// Input comes to `sink` for as long as this lives.
class InputHere
{
public:
    InputHere(Display& display, InputSink* sink) : display_(display)
    {
        display_.set_input_sink(sink);
    }
    ~InputHere() { display_.set_input_sink(nullptr); }
    InputHere(const InputHere&) = delete;
    InputHere& operator=(const InputHere&) = delete;

private:
    Display& display_;
};

std::int32_t parse_side(std::string_view text, std::string_view whole)
{
    std::int32_t side = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
    if (error != std::errc{} || end != text.data() + text.size() || side < 1 || side > kMaxSide) {
        throw std::invalid_argument("pattern:" + std::string(whole) +
                                    ": a size is WxH, each from 1 to " + std::to_string(kMaxSide));
    }
    return side;
}

Size parse_size(std::string_view text, std::string_view whole)
{
    const std::size_t x = text.find('x');
    if (x == std::string_view::npos) {
        return {parse_side("", whole), 0}; // throws
    }
    const std::int32_t width = parse_side(text.substr(0, x), whole);
    return {width, parse_side(text.substr(x + 1), whole)};
}

} // namespace

PatternSource::PatternSource(EventLoop& loop, Size size, bool still)
    : loop_(loop),
      size_(size),
      still_(still),
      painter_(size)
{}

std::unique_ptr<PatternSource> PatternSource::parse(EventLoop& loop, std::string_view options)
{
    std::string_view rest = options;
    bool still = false;
    constexpr std::string_view kStill = "still";
    if (rest == kStill || rest.ends_with(",still")) {
        still = true;
        rest.remove_suffix(std::min(rest.size(), kStill.size() + 1));
    }
    const Size size = rest.empty() ? kDefaultSize : parse_size(rest, options);
    return std::make_unique<PatternSource>(loop, size, still);
}

std::string PatternSource::describe() const
{
    return "pattern:" + std::to_string(size_.width) + "x" + std::to_string(size_.height) +
           (still_ ? ",still" : "");
}

Task<> PatternSource::run(Display& display)
{
    display_ = &display;
    const InputHere here(display, this);
    display.resize(size_);
    if (still_) {
        paint_still(display.back());
        display.frame(Rect::of(size_));
        Event never;
        co_await never.wait();
    }
    co_await animate(display);
}

Task<> PatternSource::animate(Display& display)
{
    started_ = loop_.now();
    next_tick_ = started_;
    rate_since_ = started_;
    for (;;) {
        paint(display);
        display.viewers_changed().reset();
        if (display.viewer_count() == 0) {
            // Nobody looks: nothing moves, and nothing wakes us.
            co_await display.viewers_changed().wait();
        } else {
            co_await wait_for_input_or_tick();
        }
    }
}

Task<> PatternSource::wait_for_input_or_tick()
{
    input_.reset();
    const Duration left = next_tick_ - loop_.now();
    if (left > Duration::zero()) {
        try {
            co_await with_timeout(left, wait_for(input_));
            co_return;
        } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): the tick
        }
    }
    next_tick_ = std::max(next_tick_ + kTick, loop_.now());
}

void PatternSource::paint(Display& display)
{
    const TimePoint now = loop_.now();
    ++frames_;
    ++rate_frames_;
    if (now - rate_since_ >= std::chrono::seconds(1)) {
        rate_ = static_cast<double>(rate_frames_) /
                std::chrono::duration<double>(now - rate_since_).count();
        rate_since_ = now;
        rate_frames_ = 0;
    }
    PatternInfo info;
    info.time = now - started_;
    info.frame = frames_;
    info.frames_per_second = rate_;
    info.viewers = display.viewer_count();
    const PatternFrame frame = painter_.paint(display.back(), info);
    display.frame(frame.damage, frame.moves);
}

void PatternSource::key(const KeyInput& input)
{
    painter_.key(input.keysym, input.down);
    input_.set();
}

void PatternSource::pointer(const PointerInput& input)
{
    painter_.pointer(input.position, input.buttons);
    input_.set();
}

ResizeStatus PatternSource::request_size(Size size)
{
    if (still_ || display_ == nullptr) {
        return ResizeStatus::kProhibited;
    }
    size_ = size;
    painter_.resize(size);
    display_->resize(size);
    paint(*display_);
    return ResizeStatus::kOk;
}

} // namespace covnc
