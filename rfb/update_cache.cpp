#include "rfb/update_cache.h"

#include "coroutine/combinators.h"
#include "rfb/update_cache_entry.h"

#include <algorithm>

namespace covnc {

namespace {

// What is kept of older versions, to be chained for viewers that lag.
constexpr std::uint64_t kStockVersions = 16;
constexpr std::size_t kLargestStockUnit = 65536;
constexpr std::size_t kStockBytes = 1024UL * 1024UL;
// A class without viewers is forgotten after this many commits.
constexpr std::uint64_t kClassLifetime = 64;
constexpr Duration kPressureInterval = std::chrono::milliseconds(250);

std::size_t snapshot_bytes(std::int64_t area)
{
    return static_cast<std::size_t>(area) * sizeof(std::uint32_t);
}

} // namespace

// Whoever reset the event has looked, so nobody who waits misses what is there.
Task<> EncodedUnit::wait_for(std::size_t part) const
{
    while (!parts[part]) {
        if (error) {
            std::rethrow_exception(error);
        }
        progress.reset();
        co_await progress.wait();
    }
}

UpdateCache::UpdateCache(const Framebuffer& framebuffer,
                         WorkerPool& pool,
                         TaskScope& jobs,
                         const CacheSettings& settings)
    : framebuffer_(framebuffer),
      pool_(pool),
      jobs_(jobs),
      large_update_(settings.large_update),
      budget_(settings.bytes),
      slots_(pool.workers())
{}

UpdateCache::~UpdateCache() = default;

void UpdateCache::remove_viewer(const ViewerPosition& position)
{
    std::erase(viewers_, &position);
}

bool UpdateCache::takes_moves() const
{
    return std::any_of(viewers_.begin(), viewers_.end(), [](const ViewerPosition* viewer) {
        return viewer->update_class.copy_rect;
    });
}

UpdateCache::ClassUnits& UpdateCache::units_of(const UpdateClass& update_class)
{
    auto found = std::find_if(classes_.begin(), classes_.end(), [&](const auto& units) {
        return units->update_class == update_class;
    });
    if (found == classes_.end()) {
        found = classes_.insert(found, std::make_unique<ClassUnits>(update_class));
    }
    (*found)->last_used = framebuffer_.version();
    return **found;
}

double UpdateCache::bytes_per_pixel(const UpdateClass& update_class)
{
    return units_of(update_class).bytes_per_pixel;
}

UnitChoice UpdateCache::plan(const ClassUnits& units, std::uint64_t base, ZlibPlace place) const
{
    std::vector<UnitInfo> infos;
    infos.reserve(units.entries.size());
    for (const EntryPointer& entry : units.entries) {
        infos.push_back(entry->info);
        if (entry->is_region) {
            infos.back().target = 0; // leads nowhere
        }
    }
    PlanInput input{
        framebuffer_, infos, {}, units.bytes_per_pixel, units.update_class.copy_rect, place};
    UnitChoice choice = choose_units(input, base);
    if (choice.encode) {
        // Only a new unit is made with the others in mind; looking at all of them costs time.
        const std::vector<std::uint64_t> bases = live_bases(units.update_class);
        input.live_bases = bases;
        choice = choose_units(input, base);
    }
    return choice;
}

std::vector<std::uint64_t> UpdateCache::live_bases(const UpdateClass& update_class) const
{
    std::vector<std::uint64_t> bases;
    bases.reserve(viewers_.size());
    for (const ViewerPosition* viewer : viewers_) {
        if (viewer->update_class == update_class) {
            bases.push_back(viewer->version);
        }
    }
    return bases;
}

Task<CachedUpdate>
UpdateCache::next(UpdateClass update_class, std::uint64_t base, ZlibPlace place, Delivery delivery)
{
    std::optional<Semaphore::Slot> slot;
    for (;;) {
        ClassUnits& units = units_of(update_class);
        const UnitChoice choice = plan(units, base, place);
        std::vector<EntryPointer> entries;
        entries.reserve(choice.use.size() + 1);
        for (const std::size_t index : choice.use) {
            entries.push_back(units.entries[index]);
        }
        if (!choice.encode) {
            slot.reset();
            co_return co_await collect(std::move(entries), delivery);
        }
        if (!has_room(framebuffer_.area_since(choice.encode->base))) {
            slot.reset();
            co_await wait_for_room();
        } else if (!slot) {
            slot.emplace(co_await slots_.acquire());
        } else {
            entries.push_back(start(update_class, *choice.encode, std::move(*slot)));
            co_return co_await collect(std::move(entries), delivery);
        }
    }
}

// Viewers whose links are alike lag alike: what one of them is sent is what the others lack.
UpdateCache::EntryPointer
UpdateCache::find_part(const ClassUnits& units, const Region& region, const Region& useful) const
{
    const std::int64_t wanted = region.area();
    EntryPointer best;
    std::int64_t most = 0;
    for (const EntryPointer& entry : units.entries) {
        if (!entry->is_region || entry->info.target != framebuffer_.version()) {
            continue;
        }
        if (entry->region == region) {
            return entry;
        }
        // One made for a viewer of another size may reach outside.
        const bool is_inside = Rect::of(framebuffer_.size()).contains(entry->region.bounds());
        const std::int64_t area = entry->region.area();
        const std::int64_t gain = is_inside ? (entry->region & useful).area() : 0;
        if (area <= 2 * wanted && 2 * gain >= area && 4 * gain >= wanted && gain > most) {
            best = entry;
            most = gain;
        }
    }
    return best;
}

Task<CachedUpdate> UpdateCache::region(UpdateClass update_class, Region region, Region useful)
{
    std::optional<Semaphore::Slot> slot;
    for (;;) {
        EntryPointer entry = find_part(units_of(update_class), region, useful);
        if (!entry && !has_room(region.area())) {
            slot.reset();
            co_await wait_for_room();
            continue;
        }
        if (!entry && !slot) {
            slot.emplace(co_await slots_.acquire());
            continue;
        }
        if (!entry) {
            entry = start_region(update_class, region, std::move(*slot));
        }
        slot.reset();
        std::vector<EntryPointer> entries;
        entries.push_back(entry);
        CachedUpdate update = co_await collect(std::move(entries), Delivery::kWhole);
        update.region = entry->region;
        co_return update;
    }
}

Task<CachedUpdate> UpdateCache::collect(std::vector<EntryPointer> entries, Delivery delivery)
{
    CachedUpdate update;
    for (const EntryPointer& entry : entries) {
        const bool is_early = delivery == Delivery::kInParts && entry == entries.back() &&
                              entry->unit->parts.size() > 1 && !entry->done.is_set();
        if (is_early) {
            ++entry->early_takers;
        } else {
            co_await entry->done.wait();
        }
        if (entry->unit->error) {
            std::rethrow_exception(entry->unit->error);
        }
        update.units.push_back(entry->unit);
        update.version = entry->info.target;
        statistics_.updates_bytes += entry->info.bytes;
    }
    ++statistics_.updates;
    if (entries.size() > 1) {
        ++statistics_.chains;
    }
    co_return update;
}

bool UpdateCache::has_room(std::int64_t area) const
{
    return budget_.has_room(snapshot_bytes(area));
}

Task<> UpdateCache::wait_for_room()
{
    ++statistics_.waits_for_room;
    budget_.freed().reset();
    drop_stock();
    if (budget_.freed().is_set()) {
        co_return;
    }
    try {
        co_await with_timeout(kPressureInterval, wait_for(budget_.freed()));
        co_return;
    } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): then those who hold it must go
    }
    if (on_pressure_) {
        on_pressure_();
    }
}

void UpdateCache::drop_stock()
{
    for (const auto& units : classes_) {
        std::erase_if(units->entries,
                      [](const EntryPointer& entry) { return entry->info.is_done; });
    }
}

void UpdateCache::forget_unused_classes()
{
    const std::uint64_t now = framebuffer_.version();
    std::erase_if(classes_, [&](const auto& units) {
        const bool has_viewer =
            std::any_of(viewers_.begin(), viewers_.end(), [&](const auto* viewer) {
                return viewer->update_class == units->update_class;
            });
        return !has_viewer && units->last_used + kClassLifetime < now;
    });
}

void UpdateCache::committed()
{
    snapshots_.clear();
    forget_unused_classes();
    for (const auto& units : classes_) {
        forget_old_units(*units);
    }
}

void UpdateCache::forget_old_units(ClassUnits& units) const
{
    std::size_t stock = 0;
    std::vector<EntryPointer> kept;
    // The newest are last in the list and first to be kept.
    for (auto it = units.entries.rbegin(); it != units.entries.rend(); ++it) {
        const UnitInfo& info = (*it)->info;
        const bool too_old = info.target < framebuffer_.size_version() || (*it)->is_region;
        const bool is_stock = info.base != 0 && info.bytes <= kLargestStockUnit &&
                              info.target + kStockVersions >= framebuffer_.version() &&
                              stock + info.bytes <= kStockBytes;
        if (too_old || !is_stock) {
            continue;
        }
        stock += info.bytes;
        kept.push_back(*it);
    }
    units.entries.assign(kept.rbegin(), kept.rend());
}

} // namespace covnc
