#include "rfb/update_cache.h"

#include "coroutine/combinators.h"
#include "coroutine/stream.h"
#include "encodings/deflate.h"
#include "rfb/update_parts.h"

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

// A unit, encoded or being encoded.
struct UpdateCache::Entry
{
    UnitInfo info;
    Region region;          // pixels in the unit
    bool is_region = false; // made by region(): an edge for nobody
    std::vector<CopyRect> copies;
    Effort effort = Effort::kNormal;
    std::unique_ptr<DeflateUnit> window; // while it is being encoded
    UnitPointer unit;
    std::exception_ptr error;
    Event done;
};

// What a job returns.
struct UpdateCache::Encoded
{
    // g++ 12 destroys aggregates twice in co_await expressions.
    Encoded(EncodedUpdate the_update, std::unique_ptr<DeflateUnit> the_window)
        : update(std::move(the_update)),
          window(std::move(the_window))
    {}

    EncodedUpdate update;
    std::unique_ptr<DeflateUnit> window;
};

// What a job encodes of a large update.
struct UpdateCache::Part
{
    Part(const UpdateClass& whose, Effort the_effort, std::shared_ptr<const Snapshot> pixels)
        : update_class(whose),
          effort(the_effort),
          snapshot(std::move(pixels))
    {}

    UpdateClass update_class;
    Effort effort;
    std::shared_ptr<const Snapshot> snapshot; // holds the pixels of rects
    std::vector<SourceRect> rects;
    std::vector<CopyRect> copies;
};

struct UpdateCache::ClassUnits
{
    explicit ClassUnits(const UpdateClass& which) : update_class(which) {}

    UpdateClass update_class;
    std::vector<EntryPointer> entries;
    double bytes_per_pixel = 1;
    std::uint64_t last_used = 0; // version
    // A compressed stream that the next unit may go on with; null where there is none, or a job
    // has it.
    std::unique_ptr<DeflateUnit> window;
    ZlibPlace window_at;
};

UpdateCache::UpdateCache(const Framebuffer& framebuffer,
                         WorkerPool& pool,
                         TaskScope& jobs,
                         std::size_t budget_bytes)
    : framebuffer_(framebuffer),
      pool_(pool),
      jobs_(jobs),
      budget_(budget_bytes),
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

Task<CachedUpdate> UpdateCache::next(UpdateClass update_class, std::uint64_t base, ZlibPlace place)
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
            co_return co_await collect(std::move(entries));
        }
        if (!has_room(framebuffer_.area_since(choice.encode->base))) {
            slot.reset();
            co_await wait_for_room();
        } else if (!slot) {
            slot.emplace(co_await slots_.acquire());
        } else {
            entries.push_back(start(update_class, *choice.encode, std::move(*slot)));
            co_return co_await collect(std::move(entries));
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
        CachedUpdate update = co_await collect(std::move(entries));
        update.region = entry->region;
        co_return update;
    }
}

Task<CachedUpdate> UpdateCache::collect(std::vector<EntryPointer> entries)
{
    CachedUpdate update;
    for (const EntryPointer& entry : entries) {
        co_await entry->done.wait();
        if (entry->error) {
            std::rethrow_exception(entry->error);
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

UpdateCache::EntryPointer
UpdateCache::start(const UpdateClass& update_class, const NewUnit& unit, Semaphore::Slot slot)
{
    const auto entry = std::make_shared<Entry>();
    entry->info.base = unit.base;
    entry->info.has_moves = unit.with_moves;
    if (unit.with_moves) {
        entry->copies = framebuffer_.latest_moves().copies;
        entry->region = framebuffer_.latest_moves().after;
    } else {
        entry->region = framebuffer_.changed_since(unit.base);
    }
    if (unit.base != 0) {
        choose_window(units_of(update_class), *entry);
    }
    spawn(update_class, entry, std::move(slot));
    return entry;
}

UpdateCache::EntryPointer
UpdateCache::start_region(const UpdateClass& update_class, Region region, Semaphore::Slot slot)
{
    const auto entry = std::make_shared<Entry>();
    entry->region = std::move(region);
    entry->is_region = true;
    spawn(update_class, entry, std::move(slot));
    return entry;
}

// Small updates lose a fifth to a half of their compression without what went before. So a unit
// goes on in the stream of the last one where all who could use it got that one last; whoever
// joins, or was sent something else, makes the next unit begin a stream, in which all meet again.
void UpdateCache::choose_window(ClassUnits& units, Entry& entry)
{
    const Encoding encoding = units.update_class.settings.encoding;
    const bool compresses = (encoding == Encoding::kZrle || encoding == Encoding::kZlib) &&
                            units.update_class.settings.most_effort == Effort::kNormal;
    if (!compresses || entry.region.area() > kLargeUpdate) {
        return;
    }
    if (units.window && all_are_at(units, entry.info.base, units.window_at)) {
        entry.info.needs = units.window_at;
        entry.info.gives = {units.window_at.stream, units.window_at.units + 1};
        entry.window = std::move(units.window);
        return;
    }
    entry.info.gives = {++zlib_streams_, 1};
}

// Whether all viewers of the class that a unit from `base` would serve are at that place.
bool UpdateCache::all_are_at(const ClassUnits& units, std::uint64_t base, ZlibPlace place) const
{
    return std::all_of(viewers_.begin(), viewers_.end(), [&](const ViewerPosition* viewer) {
        const bool is_served = viewer->update_class == units.update_class &&
                               viewer->version >= base && viewer->version < framebuffer_.version();
        return !is_served || viewer->zlib_place == place;
    });
}

void UpdateCache::spawn(const UpdateClass& update_class,
                        const EntryPointer& entry,
                        Semaphore::Slot slot)
{
    entry->info.target = framebuffer_.version();
    if (entry->region.area() > kLargeUpdate) {
        entry->effort = Effort::kFast;
    } else {
        entry->effort = update_class.settings.most_effort;
    }
    if (!entry->window) {
        entry->window = std::make_unique<DeflateUnit>(entry->effort);
    }
    units_of(update_class).entries.push_back(entry);
    jobs_.spawn(encode(update_class, entry, snapshot(entry->region), std::move(slot)));
}

std::shared_ptr<const Snapshot> UpdateCache::snapshot(const Region& region)
{
    for (const KnownSnapshot& known : snapshots_) {
        if (known.region == region) {
            if (auto snapshot = known.snapshot.lock()) {
                return snapshot;
            }
        }
    }
    auto made = std::make_shared<const Snapshot>(framebuffer_.front(), region, budget_);
    snapshots_.push_back({region, made});
    return made;
}

Task<> UpdateCache::encode(UpdateClass update_class,
                           EntryPointer entry,
                           std::shared_ptr<const Snapshot> snapshot,
                           Semaphore::Slot slot)
{
    // A local: parameters live as long as the frame, and the slot is wanted at the end of the job.
    const Semaphore::Slot held(std::move(slot));
    try {
        auto parts = co_await encode_parts(update_class, entry, std::move(snapshot));
        finished(update_class, *entry, std::move(parts));
    } catch (const Cancelled&) {
        failed(
            update_class, *entry, std::make_exception_ptr(Disconnected("the display is closing")));
    } catch (...) {
        failed(update_class, *entry, std::current_exception());
    }
    entry->done.set();
}

// Large updates by several workers, each part with a window of its own.
Task<std::vector<EncodedUpdate>> UpdateCache::encode_parts(UpdateClass update_class,
                                                           EntryPointer entry,
                                                           std::shared_ptr<const Snapshot> snapshot)
{
    constexpr std::int64_t kPartArea = kLargeUpdate / 2;
    const bool is_cut = entry->effort == Effort::kFast;
    auto cut = is_cut ? cut_for_workers(snapshot->rects(), kPartArea)
                      : std::vector<std::vector<SourceRect>>(1);
    std::vector<EncodedUpdate> results(cut.size());
    if (cut.size() > 1) {
        entry->window.reset();
        TaskScope scope(co_await current_context());
        for (std::size_t i = 0; i < cut.size(); ++i) {
            Part part(update_class, entry->effort, snapshot);
            part.rects = std::move(cut[i]);
            if (i == 0) {
                part.copies = entry->copies;
            }
            scope.spawn(encode_part(std::move(part), results[i]));
        }
        co_await scope.join();
        co_return results;
    }
    // The job has all that it touches, because it may be left behind.
    auto job = [update_class,
                effort = entry->effort,
                pixels = std::move(snapshot),
                copies = entry->copies,
                window = std::move(entry->window)]() mutable {
        EncodedUpdate update = encode_update(
            copies, pixels->rects(), update_class.format, update_class.settings, effort, *window);
        return Encoded(std::move(update), std::move(window));
    };
    Encoded encoded = co_await pool_.run(std::move(job));
    entry->window = std::move(encoded.window);
    results.front() = std::move(encoded.update);
    co_return results;
}

Task<> UpdateCache::encode_part(Part part, EncodedUpdate& result)
{
    auto job = [part = std::move(part)] {
        return encode_update(part.copies,
                             part.rects,
                             part.update_class.format,
                             part.update_class.settings,
                             part.effort);
    };
    result = co_await pool_.run(std::move(job));
}

void UpdateCache::finished(const UpdateClass& update_class,
                           Entry& entry,
                           std::vector<EncodedUpdate> parts)
{
    std::size_t bytes = 0;
    for (const EncodedUpdate& part : parts) {
        bytes += part.body.size();
        entry.info.has_zlib = entry.info.has_zlib || part.first_zlib_length_at != 0;
    }
    const std::int64_t area = std::max(entry.region.area(), std::int64_t{1});
    ClassUnits& units = units_of(update_class);
    const ZlibPlace window_at = entry.info.after(entry.info.needs);
    if (window_at.stream != 0) {
        units.window = std::move(entry.window);
        units.window_at = window_at;
    }
    entry.window.reset();
    const auto unit = std::make_shared<EncodedUnit>();
    unit->parts = std::move(parts);
    unit->copies = entry.copies;
    unit->pixels = entry.region;
    unit->share = budget_.take(bytes);
    entry.info.bytes = bytes;
    entry.info.is_done = true;
    unit->info = entry.info;
    entry.unit = unit;
    ++statistics_.encodings;
    statistics_.encoded_bytes += bytes;
    statistics_.encoded_pixels += static_cast<std::uint64_t>(area);
    if (entry.info.has_moves) {
        return; // what moves leave tells little of pixels in general
    }
    units.bytes_per_pixel +=
        (static_cast<double>(bytes) / static_cast<double>(area) - units.bytes_per_pixel) / 4;
}

// Whoever waits hears of it, nobody else finds it.
void UpdateCache::failed(const UpdateClass& update_class, Entry& entry, std::exception_ptr error)
{
    entry.error = std::move(error);
    std::erase_if(units_of(update_class).entries,
                  [&](const EntryPointer& candidate) { return candidate.get() == &entry; });
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
        auto freed = [](Event& event) -> Task<> { co_await event.wait(); };
        co_await with_timeout(kPressureInterval, freed(budget_.freed()));
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
