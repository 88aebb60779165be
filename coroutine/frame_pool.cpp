#include "coroutine/frame_pool.h"

#include <array>
#include <new>

namespace covnc {

namespace {

struct FreeFrame
{
    FreeFrame* next = nullptr;
};

class ThreadPool
{
public:
    ThreadPool() = default;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool()
    {
        set_cap(0);
        alive_ = false;
    }

    void* allocate(std::size_t size)
    {
        ++statistics_.allocated;
        FreeFrame*& head = free_.at(class_of(size));
        if (head == nullptr) {
            return ::operator new(class_size(size));
        }
        FreeFrame* const frame = head;
        head = frame->next;
        ++statistics_.reused;
        statistics_.kept_bytes -= class_size(size);
        return frame;
    }

    void release(void* memory, std::size_t size) noexcept
    {
        if (statistics_.kept_bytes + class_size(size) > cap_) {
            ::operator delete(memory);
            return;
        }
        FreeFrame*& head = free_[class_of(size)];
        head = new (memory) FreeFrame{head};
        statistics_.kept_bytes += class_size(size);
    }

    void set_cap(std::size_t bytes)
    {
        cap_ = bytes;
        if (statistics_.kept_bytes <= cap_) {
            return;
        }
        for (FreeFrame*& head : free_) {
            while (head != nullptr) {
                FreeFrame* const frame = head;
                head = frame->next;
                ::operator delete(frame);
            }
        }
        statistics_.kept_bytes = 0;
    }

    const FramePool::Statistics& statistics() const { return statistics_; }

    // False once the thread is going: frames released after that go straight to the heap.
    static bool is_alive() { return alive_; }

private:
    static std::size_t class_of(std::size_t size) { return (size - 1) / FramePool::kStep; }
    static std::size_t class_size(std::size_t size)
    {
        return (class_of(size) + 1) * FramePool::kStep;
    }

    static inline thread_local bool alive_ = true;
    std::array<FreeFrame*, FramePool::kLargest / FramePool::kStep> free_{};
    FramePool::Statistics statistics_;
    std::size_t cap_ = FramePool::kDefaultCap;
};

ThreadPool& thread_pool()
{
    static thread_local ThreadPool pool;
    return pool;
}

#ifdef COVNC_SANITIZED
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

bool is_pooled(std::size_t size)
{
    return kPooled && size != 0 && size <= FramePool::kLargest && ThreadPool::is_alive();
}

} // namespace

void* FramePool::allocate(std::size_t size)
{
    return is_pooled(size) ? thread_pool().allocate(size) : ::operator new(size);
}

void FramePool::release(void* frame, std::size_t size) noexcept
{
    if (is_pooled(size)) {
        thread_pool().release(frame, size);
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
    return thread_pool().statistics();
}

void FramePool::set_cap(std::size_t bytes)
{
    thread_pool().set_cap(bytes);
}

} // namespace covnc
