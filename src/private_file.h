// Files that only their owner may read. Blocks: for start-up, workers and tools.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace covnc {

// Its content; nothing where there is none. Throws std::system_error, whose text names the file.
std::optional<std::string> read_file(const std::string& path);

// Puts `text` in the place of what is there, all or nothing, with mode 0600; a link stays a link,
// and the owner stays where we may give files away. Throws std::system_error, whose text names the
// file.
void write_private_file(const std::string& path, std::string_view text);

} // namespace covnc
