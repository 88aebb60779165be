// Where a display's picture comes from and its input goes to. Loop thread only.
#pragma once

#include "rfb/display.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace covnc {

// The machine cannot be reached or has ended; the text says which and why. The supervisor shows
// "no signal" and tries again.
class SourceError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class Source : public InputSink
{
public:
    // Connects, draws into `display` and takes input, for as long as the machine lives. Calls
    // Display::set_input_sink for that time. Throws SourceError when the machine is gone,
    // Cancelled.
    virtual Task<> run(Display& display) = 0;
    // What it is, for logs and the viewer's title: "pattern", "qemu:qmp=/run/vm.qmp".
    virtual std::string describe() const = 0;
};

// Parses what follows --source. Throws std::invalid_argument, whose text names the mistake.
std::unique_ptr<Source> make_source(EventLoop& loop, std::string_view text);

} // namespace covnc
