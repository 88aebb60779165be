#include "tools/load/process_watch.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace covnc::load {

std::optional<ProcessUse> read_process(int pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) {
        return {};
    }
    // The name, in parentheses, may hold anything; fields are counted from behind it.
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) {
        return {};
    }
    std::istringstream fields(line.substr(name_end + 1));
    constexpr int kUserTime = 12; // of those behind the name, proc(5)
    constexpr int kResidentPages = 22;
    std::string word;
    double ticks = 0;
    std::uint64_t pages = 0;
    for (int i = 1; fields >> word && i <= kResidentPages; ++i) {
        if (i == 1 && (word == "Z" || word == "X")) {
            return {}; // it has ended, and nobody has asked how yet
        }
        if (i == kUserTime || i == kUserTime + 1) {
            ticks += std::stod(word);
        } else if (i == kResidentPages) {
            pages = std::stoull(word);
        }
    }
    ProcessUse use;
    use.cpu_seconds = ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    use.memory_bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return use;
}

std::size_t count_descriptors(int pid)
{
    std::error_code error;
    const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid) + "/fd",
                                                      error);
    if (error) {
        return 0;
    }
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

} // namespace covnc::load
