// Records a screen, frame by frame. encode_frame() is a pure function, for any thread; a
// RecordingWriter belongs to one thread at a time.
#pragma once

#include "encodings/pixel_view.h"
#include "encodings/region.h"
#include "tools/recording/format.h"

#include <cstdint>
#include <iosfwd>
#include <span>
#include <vector>

namespace covnc {

// What a frame is in the file. before and now: of one size, before black for the first frame, whose
// damage is everything; outside of the damage they are equal. displaced: where pixels may have come
// from, as offsets from where they are now (scrolling). Each rectangle of the damage that changed
// is written in whatever way is smallest. Throws std::bad_alloc.
std::vector<std::uint8_t> encode_frame(std::uint32_t milliseconds,
                                       const Region& damage,
                                       PixelView before,
                                       PixelView now,
                                       std::span<const Point> displaced = {});

class RecordingWriter
{
public:
    // out: seekable, and must live longer; name: for errors. Throws RecordingError.
    RecordingWriter(std::ostream& out, Size size, std::string name);

    // Throw RecordingError where the stream takes nothing more.
    void add(std::span<const std::uint8_t> encoded_frame);
    // Writes how many frames there are: before, the file is not whole. Frames may follow all the
    // same.
    void finish();

    std::uint32_t frames() const { return frames_; }

private:
    void write(std::span<const std::uint8_t> bytes);

    std::ostream& out_;
    std::string name_;
    std::uint32_t frames_ = 0;
};

} // namespace covnc
