// What the cache holds. Internal to update_cache.cpp and update_jobs.cpp.
#pragma once

#include "encodings/deflate.h"
#include "rfb/update_cache.h"

#include <memory>
#include <vector>

namespace covnc {

// A unit, encoded or being encoded.
struct UpdateCache::Entry
{
    UnitInfo info;
    Region region;          // pixels in the unit
    bool is_region = false; // made by region(): an edge for nobody
    std::vector<CopyRect> copies;
    Effort effort = Effort::kNormal;
    std::unique_ptr<DeflateUnit> window; // while it is being encoded
    std::shared_ptr<EncodedUnit> unit;
    std::size_t early_takers = 0; // answers that were given before it was done
    Event done;
};

// What the cache has of a class.
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

} // namespace covnc
