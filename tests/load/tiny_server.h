// A VNC server of one small picture, right in all it does but for the faults that it is told to
// have. Loop thread only.
#pragma once

#include "coroutine/buffered_reader.h"
#include "coroutine/event.h"
#include "coroutine/listener.h"
#include "coroutine/task_scope.h"
#include "encodings/geometry.h"
#include "rfb/wire.h"

#include <limits>
#include <list>
#include <memory>

namespace covnc::test {

class TinyServer
{
public:
    static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

    // Each from the connection of that number on, counted from 1.
    struct Faults
    {
        std::size_t dies_at = kNever;       // nobody listens, all are gone
        std::size_t stops_at = kNever;      // nobody gets another picture
        std::size_t is_wrong_at = kNever;   // one pixel
        std::size_t refuses_at = kNever;    // newcomers
        std::size_t throws_out_at = kNever; // everybody, once
        bool leaks = false;                 // connections that have ended
        bool lets_anybody_in = false;       // whatever security type they choose
        Duration delay{};                   // of each picture
        bool moves = false;                 // the picture is another each time
    };

    TinyServer(EventLoop& loop, const std::string& path, Faults faults);

    // Until cancelled. Peers' mistakes end their connections.
    Task<> run();

    std::size_t connections() const { return connections_; }

private:
    class Connection;

    Task<> accept_all();
    Task<> serve(std::unique_ptr<Socket> socket);
    Task<> wait_for_death();
    Bytes update(const Rect& area);

    EventLoop& loop_;
    Faults faults_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::size_t connections_ = 0;
    std::size_t pictures_ = 0;
    Event death_;
    Event everybody_out_;
    std::list<std::unique_ptr<Socket>> leaked_;
};

} // namespace covnc::test
