// What a server shows in a benchmark: a recorded screen or a built-in scene, again and again.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"

#include <memory>
#include <string>
#include <vector>

namespace covnc::bench {

class Sequence
{
public:
    virtual ~Sequence() = default;

    // name: "text" or "window", which are built in, or a file (docs/recordings.md). Throws
    // RecordingError.
    static std::unique_ptr<Sequence> open(const std::string& name);

    virtual Size size() const = 0;
    // Draws the next picture over the one before; at the end of a recording it begins anew, with
    // everything touched. Returns what it touched and, in `moves`, what it moved. Throws
    // RecordingError.
    virtual Region draw(WritablePixelView back, std::vector<CopyRect>& moves) = 0;
};

} // namespace covnc::bench
