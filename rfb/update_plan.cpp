#include "rfb/update_plan.h"

#include <algorithm>

namespace covnc {

namespace {

// How much larger than needed a reused unit may be, and what is too small to matter.
constexpr double kTolerance = 2.0;
constexpr std::size_t kTrifle = 4096;
constexpr std::int64_t kFewPixels = std::int64_t{4} * Framebuffer::kCell * Framebuffer::kCell;
constexpr std::size_t kLongestChain = 6;

bool is_tolerable(std::int64_t area, std::int64_t needed)
{
    return static_cast<double>(area) <= kTolerance * static_cast<double>(needed);
}

// A unit to the newest version from `base`, or from an older one at a tolerable price.
std::optional<std::size_t> find_direct(const PlanInput& input, std::uint64_t base)
{
    const Framebuffer& framebuffer = input.framebuffer;
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < input.units.size(); ++i) {
        const UnitInfo& unit = input.units[i];
        const bool reaches =
            unit.target == framebuffer.version() && unit.base <= base && unit.fits(input.place);
        if (reaches && (!best || unit.base > input.units[*best].base)) {
            best = i;
        }
    }
    if (!best) {
        return best;
    }
    const UnitInfo& unit = input.units[*best];
    const bool is_trifle = unit.is_done && unit.bytes <= kTrifle;
    if (unit.base == base || is_trifle ||
        is_tolerable(framebuffer.area_since(unit.base), framebuffer.area_since(base))) {
        return best;
    }
    return std::nullopt;
}

std::optional<std::size_t> find_with_moves(const PlanInput& input, std::uint64_t base)
{
    for (std::size_t i = 0; i < input.units.size(); ++i) {
        const UnitInfo& unit = input.units[i];
        const bool reaches = unit.base == base && unit.target == input.framebuffer.version();
        if (unit.has_moves && reaches && unit.fits(input.place)) {
            return i;
        }
    }
    return std::nullopt;
}

// Cheapest finished units that lead from one version to the newest one.
struct Chain
{
    std::vector<std::size_t> units;
    std::size_t bytes = 0;
    ZlibPlace place; // at its end
};

bool applies_at(const UnitInfo& unit, std::uint64_t version, ZlibPlace place)
{
    return unit.base <= version && version < unit.target && unit.fits(place);
}

// The best way to end with each unit in turn, lowest targets first, so that what leads up to one
// is known when it is looked at.
Chain find_chain(const PlanInput& input, std::uint64_t version)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < input.units.size(); ++i) {
        if (input.units[i].is_done && input.units[i].base != 0 && input.units[i].target > version) {
            order.push_back(i);
        }
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return input.units[a].target < input.units[b].target;
    });
    std::vector<Chain> best(input.units.size());
    Chain result;
    for (const std::size_t i : order) {
        const UnitInfo& unit = input.units[i];
        if (applies_at(unit, version, input.place)) {
            best[i] = {{i}, unit.bytes, unit.after(input.place)};
        } else {
            for (const std::size_t before : order) {
                const Chain& lead = best[before];
                const bool joins = !lead.units.empty() && lead.units.size() < kLongestChain &&
                                   applies_at(unit, input.units[before].target, lead.place);
                if (joins && (best[i].units.empty() || lead.bytes + unit.bytes < best[i].bytes)) {
                    best[i] = {lead.units, lead.bytes + unit.bytes, unit.after(lead.place)};
                    best[i].units.push_back(i);
                }
            }
        }
        const bool arrives = unit.target == input.framebuffer.version() && !best[i].units.empty();
        if (arrives && (result.units.empty() || best[i].bytes < result.bytes)) {
            result = best[i];
        }
    }
    return result;
}

// The oldest base of any viewer from which a unit would still be tolerable for this one: then the
// others can use it too.
std::uint64_t widest_base(const PlanInput& input, std::uint64_t base)
{
    const Framebuffer& framebuffer = input.framebuffer;
    const std::int64_t needed = framebuffer.area_since(base);
    std::uint64_t widest = base;
    for (const std::uint64_t live : input.live_bases) {
        if (live < framebuffer.size_version() || live >= widest) {
            continue;
        }
        const std::int64_t area = framebuffer.area_since(live);
        if (is_tolerable(area, needed) || area <= kFewPixels) {
            widest = live;
        }
    }
    return framebuffer.canonical(widest);
}

} // namespace

// This is the one place that says who may be sent moves.
bool moves_are_of_use(const Framebuffer& framebuffer, std::uint64_t base)
{
    const Framebuffer::Moves& moves = framebuffer.latest_moves();
    return !moves.copies.empty() && base + 1 == framebuffer.version() &&
           moves.after.area() < framebuffer.area_since(base);
}

UnitChoice choose_units(const PlanInput& input, std::uint64_t base)
{
    const Framebuffer& framebuffer = input.framebuffer;
    if (base < framebuffer.size_version()) {
        base = 0;
    }
    if (input.copy_rect && moves_are_of_use(framebuffer, base)) {
        const std::optional<std::size_t> found = find_with_moves(input, base);
        return found ? UnitChoice{{*found}, std::nullopt} : UnitChoice{{}, NewUnit{base, true}};
    }
    const std::uint64_t canonical = framebuffer.canonical(base);
    const std::optional<std::size_t> direct = find_direct(input, canonical);
    if (direct) {
        return {{*direct}, std::nullopt};
    }
    if (base != 0) {
        const Chain chain = find_chain(input, base);
        const double own_bytes =
            input.bytes_per_pixel * static_cast<double>(framebuffer.area_since(base));
        if (!chain.units.empty() && (chain.bytes <= kTrifle ||
                                     static_cast<double>(chain.bytes) <= kTolerance * own_bytes)) {
            return {chain.units, std::nullopt};
        }
    }
    return {{}, NewUnit{base == 0 ? 0 : widest_base(input, base), false}};
}

} // namespace covnc
