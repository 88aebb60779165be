// A session between LibVNCServer and libvncclient, and what the server sent in it: for comparing
// our viewer's side with theirs.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"

#include <cstdint>
#include <string>
#include <vector>

namespace covnc::test {

struct RecordedSession
{
    std::vector<std::uint8_t> server_bytes; // from the first to the last
    Size size;
    std::vector<std::uint8_t> pixels; // libvncclient's, in the format that it asked for
    unsigned updates = 0;
};

// Plays some frames of pictures with text, colours, noise and moves. encodings: as libvncclient
// takes them; quality: 0 .. 9 with JPEG, below 0 without. Throws std::runtime_error where the
// session fails.
RecordedSession
record_session(const std::string& encodings, int quality, const PixelFormat& format);

} // namespace covnc::test
