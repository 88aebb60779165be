// Input that a viewer plays: typing, keys, pointer paths, buttons, wheel and pauses, from a small
// text file (docs/load-testing.md, "Scripts"). Values.
#pragma once

#include "coroutine/clock.h"
#include "encodings/geometry.h"

#include <cstdint>
#include <string>
#include <vector>

namespace covnc::load {

struct ScriptStep
{
    enum class Kind : std::uint8_t { kKey, kPointer, kWait };

    Kind kind = Kind::kWait;
    std::uint32_t keysym = 0;
    bool down = false;
    Point position;
    std::uint16_t buttons = 0;
    Duration wait{};
};

struct Script
{
    std::vector<ScriptStep> steps;
    bool loops = false; // begins again after the last step; takes time then
};

// Throws SettingsError: "FILE:LINE: what is wrong with which word".
Script parse_script(const std::string& text, const std::string& file);

} // namespace covnc::load
