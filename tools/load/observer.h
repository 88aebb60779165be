// Who looks on while a load test runs: progress, and benchmarks with a server of their own.
#pragma once

#include "coroutine/clock.h"
#include "encodings/pixel_view.h"
#include "tools/load/figures.h"

#include <string>

namespace covnc::load {

// Called on the loop, which waits meanwhile.
class LoadObserver
{
public:
    virtual ~LoadObserver() = default;

    virtual void second_passed(const Figures& /*so_far*/) {}
    virtual void counting_starts() {}
    virtual void counting_ends() {}
    // While it is counted: an update of a viewer that decodes has come, wherever
    // LoadSettings::shows_pictures asks for such. now: when its last byte was there.
    virtual void
    picture_arrived(const std::string& /*link*/, PixelView /*pixels*/, TimePoint /*now*/)
    {}
};

} // namespace covnc::load
