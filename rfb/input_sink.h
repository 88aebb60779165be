// Where the input of viewers goes: the emulated machine, seen from the protocol. Loop thread only.
#pragma once

#include "encodings/geometry.h"
#include "rfb/constants.h"
#include "rfb/screen_layout.h"

#include <cstdint>
#include <optional>
#include <string>

namespace covnc {

// One key goes down or up. At least one of keysym and scancode is given.
struct KeyInput
{
    std::uint32_t keysym = 0;             // X11 keysym; 0: not known
    std::optional<std::uint8_t> scancode; // XT set 1, 0xe0 prefix as bit 7
    bool down = false;
};

// State of the pointer after an event.
struct PointerInput
{
    Point position;            // pixels, inside the framebuffer; absolute mode
    Point motion;              // pixels moved since the last event; relative mode
    std::uint16_t buttons = 0; // kButtonLeft .. kButtonForward, those that are down
};

class InputSink
{
public:
    virtual ~InputSink() = default;

    // None of these waits or throws for want of a machine: what cannot be delivered is dropped.
    virtual void key(const KeyInput& input) = 0;
    virtual void pointer(const PointerInput& input) = 0;
    // A viewer copied a text, to be pasted in the machine: UTF-8, LF line ends, at most kMaxCutText
    // bytes. Most machines cannot take any.
    virtual void cut_text(const std::string& /*text*/) {}
    // Whether viewers can be told that they may switch the machine, and a viewer's wish to do so
    // (kShutdown, kReboot, kReset): false where it cannot be carried out.
    virtual bool has_power() const { return false; }
    virtual bool switch_power(XvpCode /*code*/) { return false; }
    // A viewer wishes another size. kOk: it is so already (the source called Display::resize);
    // kForwarded: passed on, the machine may follow later; kProhibited: it cannot.
    virtual ResizeStatus request_size(Size size) = 0;
    // The same for several screens, known by their ids. A machine with one takes the size only.
    virtual ResizeStatus request_layout(const ScreenLayout& layout)
    {
        return request_size(layout.size);
    }
};

} // namespace covnc
