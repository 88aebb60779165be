// What a server shows in a benchmark: a recorded screen or a built-in scene, again and again.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_view.h"
#include "encodings/region.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace covnc::bench {

// Of a whole picture; the top bytes of pixels do not count. Pictures that differ have different
// numbers but for bad luck.
std::uint64_t fingerprint(PixelView pixels);

// Of a sequence: a file without its folder.
std::string short_name(const std::string& sequence);

class Sequence
{
public:
    virtual ~Sequence() = default;

    // name: "text" or "window", which are built in, or a file (docs/recordings.md), which is
    // unpacked here so that it costs little to play. Throws RecordingError.
    static std::unique_ptr<Sequence> open(const std::string& name);

    virtual Size size() const = 0;
    // Pictures until it begins anew; 0: it never does.
    virtual std::size_t length() const { return 0; }
    // Draws the next picture over the one before; at the end of a recording it begins anew, with
    // everything touched. Returns what it touched and, in `moves`, what it moved.
    virtual Region draw(WritablePixelView back, std::vector<CopyRect>& moves) = 0;
    // Of the picture that was drawn last, which is in `back`.
    virtual std::uint64_t fingerprint_of(PixelView back) const { return fingerprint(back); }
};

} // namespace covnc::bench
