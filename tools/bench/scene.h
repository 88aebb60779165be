// Deterministic moving pictures for benchmarks: a terminal, and a window that is dragged.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace covnc::bench {

class Scene
{
public:
    enum class Kind { kText, kWindow };

    static constexpr Size kSize{1024, 768};

    explicit Scene(Kind kind) : kind_(kind) {}

    // Draws frame number `frame`, one after the other from 0 on, over the one before. Returns what
    // it touched and, in `moves`, what it moved.
    Region draw(WritablePixelView back, std::uint64_t frame, std::vector<CopyRect>& moves);

private:
    Region draw_text(WritablePixelView back, std::uint64_t frame, std::vector<CopyRect>& moves);
    Region draw_window(WritablePixelView back, std::uint64_t frame);

    Kind kind_;
};

} // namespace covnc::bench
