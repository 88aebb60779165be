#include "coroutine/frame_pool.h"

#include <array>
#include <new>

namespace covnc {

namespace {

struct FreeFrame
{
    FreeFrame* next = nullptr;
};

// One thread's free lists. Trivial to make and to destroy, so that using them costs no check: who
// frees the frames when the thread goes is Cleaner, below.
class FreeLists
{
public:
    void* allocate(std::size_t size)
    {
        ++allocated_;
        FreeFrame*& head = free_[class_of(size)];
        if (head == nullptr) {
            ++fresh_;
            return ::operator new(class_size(size));
        }
        FreeFrame* const frame = head;
        head = frame->next;
        kept_bytes_ -= class_size(size);
        return frame;
    }

    void release(void* memory, std::size_t size) noexcept
    {
        if (kept_bytes_ + class_size(size) > cap_ && !make_room(class_size(size))) {
            ::operator delete(memory);
            return;
        }
        FreeFrame*& head = free_[class_of(size)];
        head = new (memory) FreeFrame{head};
        kept_bytes_ += class_size(size);
    }

    void set_cap(std::size_t bytes)
    {
        start();
        cap_ = bytes;
        if (kept_bytes_ <= cap_) {
            return;
        }
        for (FreeFrame*& head : free_) {
            while (head != nullptr) {
                FreeFrame* const frame = head;
                head = frame->next;
                ::operator delete(frame);
            }
        }
        kept_bytes_ = 0;
    }

    FramePool::Statistics statistics() const
    {
        FramePool::Statistics figures;
        figures.allocated = allocated_;
        figures.reused = allocated_ - fresh_;
        figures.kept_bytes = kept_bytes_;
        return figures;
    }

private:
    static std::size_t class_of(std::size_t size) { return (size - 1) / FramePool::kStep; }
    static std::size_t class_size(std::size_t size)
    {
        return (class_of(size) + 1) * FramePool::kStep;
    }
    // The first release of a thread finds a cap of 0.
    bool make_room(std::size_t bytes) noexcept
    {
        if (started_) {
            return false;
        }
        start();
        return bytes <= cap_;
    }
    void start() noexcept;

    std::array<FreeFrame*, FramePool::kLargest / FramePool::kStep> free_{};
    std::size_t allocated_ = 0;
    std::size_t fresh_ = 0; // of them, not from a free list
    std::size_t kept_bytes_ = 0;
    std::size_t cap_ = 0;
    bool started_ = false;
};

constinit thread_local FreeLists free_lists;

// Frees what a thread has kept when it goes; frames released after that go straight to the heap.
class Cleaner
{
public:
    Cleaner() = default;
    Cleaner(const Cleaner&) = delete;
    Cleaner& operator=(const Cleaner&) = delete;
    ~Cleaner() { free_lists.set_cap(0); }
    void attend() const noexcept {}
};

void FreeLists::start() noexcept
{
    if (started_) {
        return;
    }
    started_ = true;
    cap_ = FramePool::kDefaultCap;
    static thread_local Cleaner cleaner;
    cleaner.attend();
}

#ifdef COVNC_SANITIZED
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

bool is_pooled(std::size_t size)
{
    return kPooled && size != 0 && size <= FramePool::kLargest;
}

} // namespace

void* FramePool::allocate(std::size_t size)
{
    return is_pooled(size) ? free_lists.allocate(size) : ::operator new(size);
}

void FramePool::release(void* frame, std::size_t size) noexcept
{
    if (is_pooled(size)) {
        free_lists.release(frame, size);
    } else {
        ::operator delete(frame);
    }
}

bool FramePool::is_enabled()
{
    return kPooled;
}

FramePool::Statistics FramePool::statistics()
{
    return free_lists.statistics();
}

void FramePool::set_cap(std::size_t bytes)
{
    free_lists.set_cap(bytes);
}

} // namespace covnc
