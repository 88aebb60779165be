// A background and rectangles on it: what RRE, CoRRE and Hextile have in common. Internal to
// encodings/. Pure functions; any thread.
#pragma once

#include "encodings/palette.h"
#include "encodings/pixel_view.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace covnc {

// The most frequent of the colours that `palette` has room for; of equals the one that comes first.
// Stops counting where the palette overflows. pixels: 1 .. 65535.
template <typename Pixel, std::size_t kCapacity>
Pixel most_frequent(std::span<const Pixel> pixels, Palette<Pixel, kCapacity>& palette)
{
    std::array<std::uint16_t, kCapacity> counts{};
    palette.clear();
    const Pixel* const end = pixels.data() + pixels.size();
    for (const Pixel* first = pixels.data(); first != end;) {
        const Pixel* next = std::find_if(first, end, [&](Pixel p) { return p != *first; });
        const std::size_t index = palette.index_of(*first);
        if (palette.has_overflowed()) {
            break;
        }
        counts[index] = static_cast<std::uint16_t>(counts[index] + (next - first));
        first = next;
    }
    const auto counted = static_cast<std::ptrdiff_t>(palette.size());
    const auto most = std::max_element(counts.begin(), counts.begin() + counted);
    return palette[static_cast<std::size_t>(most - counts.begin())];
}

// Pixels of that colour from `row` on, at most `most`.
template <typename Pixel>
std::int32_t run_right(const Pixel* row, std::int32_t most, Pixel colour)
{
    std::int32_t length = 0;
    while (length < most && row[length] == colour) {
        ++length;
    }
    return length;
}

// Finds the rectangle of one colour that has its top left corner at x, y, and makes it background,
// so that it is not found again. Row by row a rectangle gets taller and perhaps narrower; the
// largest one wins, of equals the widest.
template <typename Pixel>
Rect take_subrectangle(const BasicPixelView<Pixel>& left,
                       std::int32_t x,
                       std::int32_t y,
                       Pixel background)
{
    const Pixel colour = left.at(x, y);
    std::int32_t narrowest = run_right(&left.at(x, y), left.width() - x, colour);
    Rect best{x, y, narrowest, 1};
    for (std::int32_t down = 2; y + down <= left.height(); ++down) {
        narrowest = run_right(&left.at(x, y + down - 1), narrowest, colour);
        if (narrowest == 0) {
            break;
        }
        if (narrowest * down > best.width * best.height) {
            best = {x, y, narrowest, down};
        }
    }
    for (std::int32_t row = y; row < best.bottom(); ++row) {
        std::fill_n(&left.at(x, row), best.width, background);
    }
    return best;
}

} // namespace covnc
