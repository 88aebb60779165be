// Pictures and a display for the tests of the qemu source.
#pragma once

#include "coroutine/combinators.h"
#include "src/sources/qemu/screen.h"

#include <cstring>
#include <vector>

namespace covnc::qemu_test {

inline constexpr std::uint32_t kX8r8g8b8 = 0x20020888;

// Pixels of one colour as QEMU sends them, without padding; the top byte is garbage.
inline std::vector<std::uint8_t> filled(Size size, std::uint32_t colour)
{
    const std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.area()),
                                            colour | 0x5a000000U);
    std::vector<std::uint8_t> bytes(pixels.size() * sizeof(std::uint32_t));
    std::memcpy(bytes.data(), pixels.data(), bytes.size());
    return bytes;
}

inline std::uint32_t row_bytes(Size size)
{
    return static_cast<std::uint32_t>(size.width) * 4U;
}

inline Task<> with_display(EventLoop& loop, void (*test)(Display&))
{
    ThreadPool pool(loop, 1);
    const TaskContext context = co_await current_context();
    Display display(context, pool, DisplaySettings());
    test(display);
}

// With a display that nobody looks at.
inline void run(void (*test)(Display&))
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(with_display(loop, test));
}

} // namespace covnc::qemu_test
