// Where coroutine frames come from: free lists by size, one set a thread, with a cap on what is
// kept. Bypassed under sanitizers, so that they see every use after free.
#pragma once

#include <cstddef>

namespace covnc {

class FramePool
{
public:
    // Frames up to kLargest bytes are kept in classes of kStep bytes; larger ones are not pooled.
    static constexpr std::size_t kStep = 64;
    static constexpr std::size_t kLargest = 4096;
    static constexpr std::size_t kDefaultCap = std::size_t{4} * 1024 * 1024;

    struct Statistics
    {
        std::size_t allocated = 0;  // frames handed out in all
        std::size_t reused = 0;     // of them, taken from a free list
        std::size_t kept_bytes = 0; // in the free lists now
    };

    // At least `size` bytes, aligned for any frame without over-aligned members. Throws
    // std::bad_alloc. A frame may be released on another thread than it came from.
    static void* allocate(std::size_t size);
    static void release(void* frame, std::size_t size) noexcept;

    // False in sanitizer builds: every frame is a block of its own there.
    static bool is_enabled();
    // The calling thread's figures, and its cap on bytes kept in free lists (0 turns pooling off).
    static Statistics statistics();
    static void set_cap(std::size_t bytes);
};

} // namespace covnc
