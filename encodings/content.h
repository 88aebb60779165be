// What looks like a photograph, and what like text and drawings. Pure functions; any thread.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_view.h"

#include <span>
#include <vector>

namespace covnc {

// Whether JPEG makes these pixels, a block of about 32x32, smaller than an exact encoding does:
// many of them are like neither the left nor the upper neighbour, there are many colours, and few
// sharp edges. Measured on recorded screens this chooses nearly as well as trying both, and leaves
// text alone.
bool is_photographic(const PixelView& block);

// Whether many blocks have many colours: smoothed letters, shades, photographs. A quick look at few
// pixels, for when there is no time for is_photographic().
bool is_colourful(std::span<const SourceRect> rects);

// The same pixels, cut in two. Photographs are few and large, because each JPEG has its own tables;
// blocks that are none may be among them where they are surrounded.
struct ContentSplit
{
    std::vector<SourceRect> exact;
    std::vector<SourceRect> photographic;
};
ContentSplit split_by_content(std::span<const SourceRect> rects);

} // namespace covnc
