// The embedded display: something to look at, to draw on and to type into. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "src/source.h"
#include "src/sources/pattern_painter.h"

namespace covnc {

class PatternSource final : public Source
{
public:
    // still: one fixed picture that nothing changes (see pattern_still.h).
    PatternSource(EventLoop& loop, Size size, bool still);

    // SIZE and ",still" as after "pattern:"; the default is 1024x768 and moving. Throws
    // std::invalid_argument.
    static std::unique_ptr<PatternSource> parse(EventLoop& loop, std::string_view options);

    Task<> run(Display& display) override;
    std::string describe() const override;

    void key(const KeyInput& input) override;
    void pointer(const PointerInput& input) override;
    ResizeStatus request_size(Size size) override;

private:
    Task<> animate(Display& display);
    Task<> wait_for_input_or_tick();
    void paint(Display& display);

    EventLoop& loop_;
    Size size_;
    bool still_;
    PatternPainter painter_;
    Display* display_ = nullptr; // while running
    Event input_;
    TimePoint started_{};
    TimePoint next_tick_{};
    std::uint64_t frames_ = 0;
    TimePoint rate_since_{};
    std::uint64_t rate_frames_ = 0;
    double rate_ = 0;
};

} // namespace covnc
