// The updates of a sequence as a display of ours gives them to a session: what every encoder of the
// benchmark gets.
#pragma once

#include "rfb/snapshot.h"

#include <cstddef>
#include <string>
#include <vector>

namespace covnc::bench {

struct UpdateList
{
    std::string sequence; // as Sequence::open() has it
    Size size;
    // The first one is the whole first picture, which a viewer gets that has nothing. Each of the
    // others is the cells of 32x32 (Framebuffer::kCell) that differ from the picture before.
    std::vector<Snapshot> updates;
};

// The first `most` updates besides the first picture, fewer where a recording ends before. Throws
// RecordingError, std::runtime_error where nothing changes at all.
UpdateList take_updates(const std::string& sequence, std::size_t most);

} // namespace covnc::bench
