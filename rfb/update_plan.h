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

struct UnitInfo
{
    std::uint64_t base = 0; // 0: a whole picture
    std::uint64_t target = 0;
    std::size_t bytes = 0; // encoded; 0 while the job runs
    bool is_done = false;
    // Holds moves, which need their sources as they were at `base`. Such a unit spans one version,
    // so that only viewers at exactly `base` can use it, like any other.
    bool has_moves = false;
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
};

// Whether a viewer at version `base` that takes CopyRect is brought to the newest version by the
// framebuffer's latest moves.
bool moves_are_of_use(const Framebuffer& framebuffer, std::uint64_t base);

// base: the viewer's version, below the framebuffer's; 0 for one that has nothing. The viewer is
// owed nothing but what changed since.
UnitChoice choose_units(const PlanInput& input, std::uint64_t base);

} // namespace covnc
