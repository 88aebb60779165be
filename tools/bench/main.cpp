// covnc-bench: benchmarks that anyone can run.
#include "tools/bench/commands.h"
#include "tools/bench/fanout_server.h"

#include <iostream>
#include <string_view>
#include <sys/resource.h>

int main(int argc, char** argv)
{
    const std::string_view command = argc > 1 ? argv[1] : "";
    // A thousand viewers and their sockets are more than the usual soft limit.
    rlimit descriptors{};
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    if (command == "coroutine") {
        return covnc::bench::run_coroutine(argc - 1, argv + 1);
    }
    if (command == "encode") {
        return covnc::bench::run_encode(argc - 1, argv + 1);
    }
    if (command == "fanout") {
        return covnc::bench::run_fanout(argc - 1, argv + 1);
    }
    if (command == "frames") {
        return covnc::bench::run_frames(argc - 1, argv + 1);
    }
    if (command == "record") {
        return covnc::bench::run_record(argc - 1, argv + 1);
    }
    if (command == "scroll") {
        return covnc::bench::run_scroll(argc - 1, argv + 1);
    }
    if (command == "sound") {
        return covnc::bench::run_sound(argc - 1, argv + 1);
    }
    if (command == "tls") {
        return covnc::bench::run_tls(argc - 1, argv + 1);
    }
    if (command == covnc::bench::kServerCommand) {
        return covnc::bench::run_server_process(argc - 1, argv + 1);
    }
    std::cerr
        << "usage: covnc-bench COMMAND [--help]\n"
           "  coroutine  what coroutines cost: QEMU's own cases, beside its figures\n"
           "  frames     what a frame costs that an emulator has in shared memory\n"
           "  encode     bytes and CPU of every encoding on the same updates, beside LibVNCServer\n"
           "  fanout     many viewers of one display: encodings a commit, CPU an update, delays,\n"
           "             beside LibVNCServer on the same frames\n"
           "  record     the screen of a VNC server into a file for encode and fanout\n"
           "  scroll     what looking for moves saves and costs\n"
           "  sound      what converting a machine's sound costs\n"
           "  tls        what handshakes and records of TLS cost\n";
    return command == "--help" ? 0 : 2;
}
