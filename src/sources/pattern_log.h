// The list of events of the pattern display: the newest at the bottom, older ones move up.
// Not thread-safe; no I/O.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"

#include <deque>
#include <string>
#include <vector>

namespace covnc {

class PatternLog
{
public:
    // panel: in the display; may be empty. What was listed is listed again.
    void resize(const Rect& panel, int scale);

    // Shown by the next paint().
    void add(std::string text, std::uint32_t colour);

    // The heading. The rest of the panel has its colour already.
    void paint_heading(WritablePixelView back) const;
    // Lists what is new. What was moved for it is in `moves` and in `damage`.
    void paint(WritablePixelView back, Region& damage, std::vector<CopyRect>& moves);

private:
    struct Line
    {
        std::string text;
        std::uint32_t colour = 0;
    };

    Rect rows_at(std::int32_t first, std::int32_t count) const;

    Rect lines_; // where they are drawn
    Rect heading_;
    int scale_ = 1;
    std::int32_t row_height_ = 1;
    std::int32_t rows_ = 0; // that fit
    std::int32_t used_ = 0; // that are drawn
    std::deque<Line> history_;
    std::size_t new_ = 0; // lines at the end of history_ that are not drawn yet
};

} // namespace covnc
