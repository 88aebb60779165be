// Where to cut a picture for Tight: one rectangle has one palette or none, so that areas of one
// colour, of few and of many are best sent apart. Internal to encodings/. Pure functions; any
// thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/palette.h"
#include "encodings/pixel_view.h"
#include "encodings/solid_areas.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

inline constexpr std::size_t kMostTightColours = 256;
// Pixels of one colour that are cut off from what has others.
inline constexpr std::int64_t kLeastSolid = 2048;
using TightPalette = Palette<std::uint32_t, kMostTightColours>;

// Behind the last of the pixels from `first` on that equal it.
inline const std::uint32_t* end_of_run(const std::uint32_t* first, const std::uint32_t* end)
{
    const std::uint32_t value = *first;
    do {
        ++first;
    } while (first != end && *first == value);
    return first;
}

// What a rectangle of its own shall carry.
struct TightArea
{
    Rect area;
    std::size_t colours = 0; // different pixels; 0: more than are worth a palette

    bool is_solid() const { return colours == 1; }
    bool has_palette() const { return colours > 1; }
    // Where it is once the picture is at `origin`.
    Rect at(Point origin) const
    {
        return {origin.x + area.x, origin.y + area.y, area.width, area.height};
    }
};

// Cuts a picture, whose pixels are all compared as they are, top byte included, into areas that
// cover it once. most_colours: of a palette, 2 .. 256.
class TightSplitter
{
public:
    explicit TightSplitter(std::size_t most_colours) : most_colours_(most_colours) {}

    // Valid until the next call.
    const std::vector<TightArea>& split(const PixelView& pixels);

    // Areas that split() returns at most for so many pixels; not counted are those of one colour,
    // each of which has kLeastSolid pixels at least, and up to 4 others for each of them.
    static std::size_t most_areas(std::int64_t pixels);

private:
    enum class Step : std::uint8_t { kWhole, kPart };

    void split_area(Rect area, Step step);
    bool split_around_solids(const Rect& area);
    Rect without_solid_edges(Rect area);
    std::int32_t solid_rows(const Rect& area, bool from_bottom) const;
    std::int32_t solid_columns(const Rect& area, bool from_right) const;
    std::size_t count_colours(const Rect& area);
    void halve(const Rect& area);

    std::size_t most_colours_;
    PixelView pixels_;
    TightPalette palette_;
    SolidFinder solids_;
    std::vector<TightArea> areas_;
};

} // namespace covnc
