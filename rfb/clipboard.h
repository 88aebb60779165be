// What is copied and pasted, and which way it may go. Values.
#pragma once

#include <string>

namespace covnc {

class Session;

// What was copied last, by a viewer or in the machine.
struct Clipboard
{
    std::string text;               // UTF-8, LF line ends
    const Session* owner = nullptr; // whose viewer copied it; null: the machine's
};

// Which way texts may be copied. Those who may only look neither get nor give any.
struct ClipboardPolicy
{
    bool from_viewers = true;
    bool to_viewers = true;
};

} // namespace covnc
