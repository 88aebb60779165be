#include "src/web/web_files.h"

#include <nettle/sha2.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace covnc {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{64} << 20U; // noVNC has one megabyte
constexpr const char* kOwnStart = "/index.html";
constexpr const char* kNoVncPage = "/vnc.html";
constexpr const char* kNoVncStart = "/vnc.html?autoconnect=1&resize=scale&path=websockify";

std::string type_of(const std::string& path)
{
    static const std::map<std::string, std::string> types{
        {".css", "text/css; charset=utf-8"},
        {".gif", "image/gif"},
        {".htm", "text/html; charset=utf-8"},
        {".html", "text/html; charset=utf-8"},
        {".ico", "image/x-icon"},
        {".jpeg", "image/jpeg"},
        {".jpg", "image/jpeg"},
        {".js", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".md", "text/plain; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".mp3", "audio/mpeg"},
        {".oga", "audio/ogg"},
        {".ogg", "audio/ogg"},
        {".png", "image/png"},
        {".svg", "image/svg+xml"},
        {".ttf", "font/ttf"},
        {".txt", "text/plain; charset=utf-8"},
        {".wasm", "application/wasm"},
        {".webmanifest", "application/manifest+json"},
        {".woff", "font/woff"},
        {".woff2", "font/woff2"},
    };
    const auto found = types.find(fs::path(path).extension().string());
    return found == types.end() ? "application/octet-stream" : found->second;
}

std::string etag_of(const Bytes& content)
{
    sha256_ctx context{};
    sha256_init(&context);
    sha256_update(&context, content.size(), content.data());
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context, digest.size(), digest.data());
    constexpr std::size_t kEnough = 12;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "\"";
    for (std::size_t i = 0; i < kEnough; ++i) {
        text += kDigits[digest[i] >> 4U];
        text += kDigits[digest[i] & 15U];
    }
    return text + "\"";
}

// Names with a dot in front, of files and of folders, are not meant to be seen.
bool is_hidden(const fs::path& below_root)
{
    for (const fs::path& part : below_root) {
        if (part.string().starts_with('.')) {
            return true;
        }
    }
    return false;
}

bool is_inside(const fs::path& path, const fs::path& root)
{
    const fs::path from_root = path.lexically_relative(root);
    return !from_root.empty() && *from_root.begin() != "..";
}

Bytes read_file(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

} // namespace

WebFiles WebFiles::read(const std::string& folder)
{
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    if (error || !fs::is_directory(root)) {
        throw std::runtime_error("no folder " + folder +
                                 " with a web client (Debian: package novnc)");
    }
    std::map<std::string, Bytes> contents;
    std::uintmax_t total = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
        const fs::path name = entry.path().lexically_relative(root);
        const fs::path target = fs::canonical(entry.path(), error);
        if (error || is_hidden(name) || !fs::is_regular_file(target) || !is_inside(target, root)) {
            continue;
        }
        total += fs::file_size(target);
        if (total > kMostBytes) {
            throw std::runtime_error(folder +
                                     " holds more than 64 megabytes: no web client is so large");
        }
        contents.emplace("/" + name.generic_string(), read_file(target));
    }
    WebFiles files(std::move(contents));
    if (files.start_page().empty()) {
        throw std::runtime_error("neither index.html nor vnc.html is in " + folder);
    }
    return files;
}

WebFiles::WebFiles(std::map<std::string, Bytes> contents)
{
    for (auto& [path, content] : contents) {
        WebFile& file = files_[path];
        file.type = type_of(path);
        file.etag = etag_of(content);
        file.content = std::move(content);
    }
}

const WebFile* WebFiles::find(const std::string& path) const
{
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second;
}

std::string WebFiles::start_page() const
{
    if (find(kOwnStart) != nullptr) {
        return kOwnStart;
    }
    return find(kNoVncPage) != nullptr ? kNoVncStart : "";
}

} // namespace covnc
